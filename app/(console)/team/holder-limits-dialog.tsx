"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { pickChanges } from "#app/_data/changes.ts";
import { sendJson } from "#app/_data/get-json.ts";
import { useBusy } from "#app/_data/use-busy.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog } from "#app/_ui/dialog.tsx";
import { SelectField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { EVERY_PERSON, ORGANISATION } from "#core/access/limit-holder.ts";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { noLimits, toForm, toLimits } from "../_parts/limits-form.ts";
import { NameField } from "../_parts/name-field.tsx";
import { findLimits, type Holder, holderWords } from "./holder.ts";
import { type LimitsView, teamQueries } from "./queries.ts";

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
  const isNew = holder !== null && holder.kind !== "everybody" && holder.kind !== "organisation" && holder.name === "";
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

/** Long because it is one form: what is typed decides what is sent and shown. */
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
  /** What the form began with; null: no limits. */
  const [saved, setSaved] = useState(holder.limits);
  const toValues = (limits: Holder["limits"], of: Pick<Holder, "kind" | "name"> = holder) => ({
    kind: of.kind,
    name: of.name,
    limits: limits ? toForm(limits) : noLimits,
  });
  const sentFor = ({ kind, name }: Pick<Holder, "kind" | "name">) =>
    kind === "everybody"
      ? { kind: "person", holder: EVERY_PERSON }
      : { kind, holder: kind === "organisation" ? ORGANISATION : name.trim() };
  const done = async (what: string) => {
    await client.invalidateQueries({ queryKey: ["limits"] });
    toast(what, { description: "Every proxy applies it within a second." });
    onClose();
  };
  const present = async (typed: Pick<Holder, "kind" | "name">) => {
    const now = findLimits(await client.fetchQuery({ ...teamQueries.limits(), staleTime: 0 }), typed);
    setSaved(now);
    return toValues(now, typed);
  };
  const form = useForm(
    toValues(holder.limits),
    async ({ limits, ...values }) => {
      const sent = toLimits(limits);
      const changes = saved === null ? { ...sent, was: null } : pickChanges(sent, toLimits(toForm(saved)), saved);
      if (changes !== null) await sendJson("PUT", "/api/limits", { ...sentFor(values), ...changes });
      await done(`The limits of ${holderWords(values)} are set`);
    },
    { present },
  );
  const removal = useBusy(async () => {
    await sendJson("DELETE", "/api/limits", { ...sentFor(form.values), was: saved });
    await done(`The limits of ${holderWords(form.values)} are removed`);
  }, form.refuse);
  const { kind, limits } = form.values;

  return (
    <DialogForm
      form={form}
      submit="Save limits"
      onCancel={onClose}
      aside={
        holder.limits ? (
          <Button look="danger" className="mr-auto" busy={removal.busy} onClick={() => void removal.run()}>
            Remove limits
          </Button>
        ) : null
      }
    >
      {isNew ? (
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <SelectField label="Of a" {...form.input("kind")}>
            <option value="team">Team</option>
            <option value="project">Project</option>
          </SelectField>
          <NameField
            label="Name"
            required
            known={kind === "team" ? view.known.teams : view.known.projects}
            hint="As requests name it; it need not exist yet."
            {...form.input("name", "holder")}
          />
        </div>
      ) : null}
      <LimitFields form={limits} problem={form.problem} onChange={(changed) => form.set({ limits: changed })} />
    </DialogForm>
  );
}
