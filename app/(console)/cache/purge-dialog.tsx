"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useSubmit } from "#app/_data/use-submit.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { SelectField } from "#app/_ui/field.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import type { PurgeTarget } from "#core/cache/purges.ts";
import { shortModel } from "#core/costs/model-key.ts";
import type { CacheSharing } from "#core/rules/rule-set.ts";
import { cacheQueries } from "./queries.ts";

const kinds = [
  { value: "model", label: "Answers of one model" },
  { value: "person", label: "Answers to one person" },
  { value: "all", label: "Everything" },
] as const;
type Kind = (typeof kinds)[number]["value"];

/** Throws stored answers out, on every instance. Says what that means before it does. */
export function PurgeDialog({ scope, onClose }: { scope: CacheSharing | undefined; onClose: () => void }) {
  const queries = useQueryClient();
  const { data: choices } = useQuery(cacheQueries.choices());
  const [kind, setKind] = useState<Kind>("model");
  const [model, setModel] = useState("");
  const [personId, setPersonId] = useState("");
  const target = targetOf(kind, model || (choices?.models[0] ?? ""), personId || (choices?.people[0]?.id ?? ""));
  const { busy, problem, submit } = useSubmit(async () => {
    await sendJson("POST", "/api/cache/purge", target);
    toast("The answers are thrown out", { description: "Every instance follows within a second." });
    await queries.invalidateQueries({ queryKey: cacheQueries.all() });
    onClose();
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Purge the response cache?"
      description="What is thrown out is asked of the provider again, and paid again."
    >
      <form onSubmit={submit} className="space-y-3">
        <fieldset className="space-y-1">
          <legend className="mb-1 font-medium">What to throw out</legend>
          {kinds.map(({ value, label }) => (
            <label key={value} className="flex min-h-8 cursor-pointer items-center gap-2">
              <input
                type="radio"
                name="kind"
                checked={kind === value}
                onChange={() => setKind(value)}
                className="size-4 accent-[var(--accent)]"
              />
              {label}
            </label>
          ))}
        </fieldset>
        {kind === "model" ? (
          <SelectField
            label="Model"
            value={model || choices?.models[0]}
            onChange={(event) => setModel(event.target.value)}
            hint={choices?.models.length === 0 ? "No model was looked up in the last month." : undefined}
          >
            {choices?.models.map((id) => (
              <option key={id} value={id}>
                {shortModel(id)}
              </option>
            ))}
          </SelectField>
        ) : null}
        {kind === "person" ? (
          <SelectField
            label="Person"
            value={personId || choices?.people[0]?.id}
            onChange={(event) => setPersonId(event.target.value)}
            hint={scope === "project" ? "Answers shared in a project belong to nobody and stay." : undefined}
          >
            {choices?.people.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
        ) : null}
        {problem.message ? (
          <p role="alert" className="text-danger">
            {problem.message}
          </p>
        ) : null}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="danger" busy={busy} disabled={target === null}>
            {kind === "all" ? "Purge everything" : "Purge these answers"}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** Null while nothing is chosen that could be thrown out. */
function targetOf(kind: Kind, model: string, personId: string): PurgeTarget | null {
  if (kind === "all") return { kind };
  if (kind === "model") return model === "" ? null : { kind, model };
  return personId === "" ? null : { kind, personId };
}
