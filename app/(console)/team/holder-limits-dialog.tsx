"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { useSubmit } from "#app/_data/use-submit.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { SelectField } from "#app/_ui/field.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { EVERY_PERSON } from "#core/access/limit-holder.ts";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { formOf, type LimitsForm, limitsOf, noLimits } from "../_parts/limits-form.ts";
import { NameField } from "../_parts/name-field.tsx";
import { type Holder, holderWords } from "./holder.ts";
import type { LimitsView } from "./queries.ts";

/** Dialog to change, add or remove the default limits and those of a team or project. */
export function HolderLimitsDialog({
  holder,
  view,
  onClose,
}: {
  /** Null: closed. A team or project without a name is a new one, of which the kind may still be chosen. */
  holder: Holder | null;
  view: LimitsView;
  onClose: () => void;
}) {
  const isNew = holder !== null && holder.kind !== "everybody" && holder.name === "";
  return (
    <Dialog
      open={holder !== null}
      onClose={onClose}
      title={holder === null || isNew ? "Add limits" : `Limits of ${holderWords(holder)}`}
      description={
        holder?.kind === "everybody"
          ? "For each person without individual limits, including people who join later. Applies to requests with their proxy keys; a request without one belongs to no person."
          : "For all its requests together, with or without a proxy key. Concurrent requests are counted per instance."
      }
    >
      {holder ? <HolderForm holder={holder} isNew={isNew} view={view} onClose={onClose} /> : null}
    </Dialog>
  );
}

function HolderForm({
  holder,
  isNew,
  view,
  onClose,
}: {
  holder: Holder;
  isNew: boolean;
  view: LimitsView;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [kind, setKind] = useState(holder.kind);
  const [name, setName] = useState(holder.name);
  const [form, setForm] = useState<LimitsForm>(holder.limits ? formOf(holder.limits) : noLimits);
  const sent = kind === "everybody" ? { kind: "person", holder: EVERY_PERSON } : { kind, holder: name.trim() };
  const done = async (what: string) => {
    await client.invalidateQueries({ queryKey: ["limits"] });
    toast(what, { description: "Every proxy applies it within a second." });
    onClose();
  };

  const { busy, problem, submit } = useSubmit(async () => {
    await sendJson("PUT", "/api/limits", { ...sent, ...limitsOf(form) });
    await done(`The limits of ${holderWords({ kind, name })} are set`);
  });
  const removal = useAction("The limits were not removed", async () => {
    await sendJson("DELETE", "/api/limits", sent);
    await done(`The limits of ${holderWords({ kind, name })} are removed`);
  });

  return (
    <form onSubmit={submit} className="space-y-4">
      {isNew ? (
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <SelectField label="Of a" value={kind} onChange={(event) => setKind(event.target.value as Holder["kind"])}>
            <option value="team">Team</option>
            <option value="project">Project</option>
          </SelectField>
          <NameField
            label="Name"
            required
            value={name}
            known={kind === "team" ? view.known.teams : view.known.projects}
            error={problem.fields.holder}
            hint="As requests name it; it need not exist yet."
            onChange={(event) => setName(event.target.value)}
          />
        </div>
      ) : null}
      <LimitFields form={form} problem={problem} onChange={setForm} />
      {problem.message ? (
        <p role="alert" className="text-xs text-danger">
          {problem.message}
        </p>
      ) : null}
      <DialogActions>
        {holder.limits ? (
          <Button look="danger" className="mr-auto" busy={removal.busy} onClick={() => void removal.run()}>
            Remove limits
          </Button>
        ) : null}
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="solid" busy={busy}>
          Save limits
        </Button>
      </DialogActions>
    </form>
  );
}
