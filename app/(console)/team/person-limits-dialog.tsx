"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { pickChanges } from "#app/_data/changes.ts";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Dialog } from "#app/_ui/dialog.tsx";
import { SelectField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { isUnlimited } from "#core/access/key-limits.ts";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { limitWords } from "../_parts/limit-words.ts";
import { noLimits, toForm, toLimits } from "../_parts/limits-form.ts";
import { NameField } from "../_parts/name-field.tsx";
import { type LimitsView, type PersonLimitsView, teamQueries } from "./queries.ts";

/** The source of a person's limits. */
type Choice = "default" | "own" | "none";

/** Dialog for the limits of all keys of a person together, and for the person's team. */
export function PersonLimitsDialog({
  person,
  view,
  onClose,
}: {
  /** Null: closed. */
  person: PersonLimitsView | null;
  view: LimitsView;
  onClose: () => void;
}) {
  return (
    <Dialog
      open={person !== null}
      onClose={onClose}
      title={`Limits and team of ${person?.name ?? ""}`}
      description="For all requests with their proxy keys together. Requests with only their own login belong to no person, so these limits do not apply to them. Concurrent requests are counted per instance."
    >
      {person ? <PersonForm person={person} view={view} onClose={onClose} /> : null}
    </Dialog>
  );
}

function toChoice({ source, limits }: PersonLimitsView): Choice {
  if (source !== "own" || limits === null) return "default";
  return isUnlimited(limits) ? "none" : "own";
}

const toValues = (person: PersonLimitsView) => ({
  team: person.team ?? "",
  choice: toChoice(person),
  limits: person.limits && toChoice(person) === "own" ? toForm(person.limits) : noLimits,
});

/** The form of a person: what differs from what it began with is sent. */
function usePersonForm(person: PersonLimitsView, onClose: () => void) {
  const client = useQueryClient();
  /** What the form began with; `person` follows what others save. */
  const [saved, setSaved] = useState(person);
  const present = async () => {
    const { people } = await client.fetchQuery({ ...teamQueries.limits(), staleTime: 0 });
    const now = people.find(({ id }) => id === person.id) ?? saved;
    setSaved(now);
    return toValues(now);
  };
  return useForm(
    () => toValues(person),
    async (values) => {
      const team = values.team.trim();
      if (team !== (saved.team ?? "")) await sendJson("POST", `/api/team/people/${person.id}/team`, { team });
      await sendLimits(saved, values);
      await Promise.all([
        client.invalidateQueries({ queryKey: ["limits"] }),
        client.invalidateQueries({ queryKey: ["team"] }),
      ]);
      toast(`Limits and team of ${person.name} are saved`, {
        description: "Every proxy applies them within a second.",
      });
      onClose();
    },
    { present },
  );
}

function PersonForm({ person, view, onClose }: { person: PersonLimitsView; view: LimitsView; onClose: () => void }) {
  const form = usePersonForm(person, onClose);
  const { choice, limits } = form.values;

  const byDefault = view.defaultForPeople ? limitWords(view.defaultForPeople).join(" · ") : "no limits";
  return (
    <DialogForm form={form} submit="Save" onCancel={onClose}>
      <NameField
        label="Team (optional)"
        known={view.known.teams}
        hint="Used by their keys that name no team."
        {...form.input("team")}
      />
      <SelectField
        label="Limits"
        hint={choice === "none" ? "The default does not apply to this person." : undefined}
        {...form.input("choice")}
      >
        <option value="default">Default: {byDefault}</option>
        <option value="own">Limits for this person</option>
        <option value="none">No limits, not even the default</option>
      </SelectField>
      {choice === "own" ? (
        <LimitFields form={limits} problem={form.problem} onChange={(changed) => form.set({ limits: changed })} />
      ) : null}
    </DialogForm>
  );
}

/**
 * Sends the limits that differ from what the form began with, and what those were. Another choice replaces the limits
 * as a whole.
 */
async function sendLimits(saved: PersonLimitsView, { choice, limits }: ReturnType<typeof toValues>): Promise<void> {
  const before = toChoice(saved);
  const was = saved.source === "own" ? saved.limits : null;
  const holder = { kind: "person", holder: saved.id };
  if (choice === "own" && before === "own" && was !== null) {
    const changes = pickChanges(toLimits(limits), toLimits(toForm(was)), was);
    if (changes !== null) await sendJson("PUT", "/api/limits", { ...holder, ...changes });
  } else if (choice === before && choice !== "own") return;
  else if (choice === "default") await sendJson("DELETE", "/api/limits", { ...holder, was });
  else await sendJson("PUT", "/api/limits", { ...holder, ...toLimits(choice === "own" ? limits : noLimits), was });
}
