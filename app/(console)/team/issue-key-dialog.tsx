"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { type FormOf, useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { SelectField, TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import type { Attribution } from "#core/access/attribution.ts";
import { AttributionField } from "../_parts/attribution-field.tsx";
import { firstLife, LifeField } from "../_parts/life-field.tsx";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { type LimitsForm, noLimits, toLimits } from "../_parts/limits-form.ts";
import { NameField } from "../_parts/name-field.tsx";
import { SecretOnce } from "../_parts/secret-once.tsx";
import type { LimitsView, OwnIssuingView, TeamPerson } from "./queries.ts";

const NO_OWNER = "";

interface Values {
  name: string;
  personId: string;
  team: string;
  project: string;
  attribution: Attribution;
  days: string;
  limits: LimitsForm;
}

/**
 * Dialog that issues a key for a pipeline or for another person; mounted while it is open. Long because the form and
 * the secret it leads to are one dialog.
 */
export function IssueKeyDialog({
  onClose,
  people,
  limits,
  issuing,
}: {
  onClose: () => void;
  people: readonly TeamPerson[];
  limits: LimitsView;
  issuing: OwnIssuingView;
}) {
  const client = useQueryClient();
  const [secret, setSecret] = useState<string | null>(null);
  const blank: Values = {
    name: "",
    personId: NO_OWNER,
    team: "",
    project: "",
    attribution: "locked",
    days: firstLife(issuing.lifeMax),
    limits: noLimits,
  };
  const form = useForm(
    blank,
    async ({ personId, days, limits: typed, ...named }) => {
      const expiresInDays = days === "" ? null : Number(days);
      const body = { ...named, personId: personId || null, expiresInDays, ...toLimits(typed) };
      setSecret((await sendJson<{ secret: string }>("POST", "/api/keys", body)).secret);
      await client.invalidateQueries({ queryKey: ["keys"] });
    },
    { failureAt: "name" },
  );

  if (secret) {
    return (
      <Dialog open onClose={onClose} title={`Key “${form.values.name}” is live`}>
        <SecretOnce secret={secret} label="Copy the key" />
        <DialogActions>
          <Button look="solid" onClick={onClose}>
            Done
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Issue a proxy key"
      description="Its requests are recorded under this owner, team and project."
    >
      <DialogForm form={form} submit="Issue key" onCancel={onClose}>
        <KeyFields form={form} people={people} limits={limits} issuing={issuing} />
      </DialogForm>
    </Dialog>
  );
}

/** Long because it is one list: each field in the order it is filled in. */
function KeyFields({
  form,
  people,
  limits,
  issuing,
}: {
  form: FormOf<Values>;
  people: readonly TeamPerson[];
  limits: LimitsView;
  issuing: OwnIssuingView;
}) {
  return (
    <>
      <TextField label="Name" required autoFocus maxLength={60} placeholder="CI, payments" {...form.input("name")} />
      <SelectField
        label="Owner"
        hint="A key without an owner keeps working when a person leaves."
        {...form.input("personId")}
      >
        <option value={NO_OWNER}>None (pipeline)</option>
        {people
          .filter((person) => !person.disabledAt)
          .map((person) => (
            <option key={person.id} value={person.id}>
              {person.name}
            </option>
          ))}
      </SelectField>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <NameField label="Team (optional)" known={limits.known.teams} {...form.input("team")} />
        <NameField label="Project (optional)" known={limits.known.projects} {...form.input("project")} />
      </div>
      <AttributionField {...form.choice("attribution")} />
      <LifeField lifeMax={issuing.lifeMax} {...form.choice("days", "expiresInDays")} />
      <details className="group rounded-md border border-line px-3 py-2 open:pb-4">
        <summary className="flex min-h-6 cursor-pointer list-none items-center gap-1.5 font-medium">
          <Icon name="right" className="size-3.5 text-ink3 group-open:rotate-90" />
          Limits
          <span className="truncate text-xs font-normal text-ink3">{limitSummary(form.values.limits)}</span>
        </summary>
        <div className="mt-3">
          <LimitFields
            form={form.values.limits}
            problem={form.problem}
            onChange={(changed) => form.set({ limits: changed })}
          />
        </div>
      </details>
    </>
  );
}

const limitSummary = (limits: LimitsForm): string =>
  Object.entries(limits).every(([name, value]) => value === noLimits[name as keyof LimitsForm])
    ? "No limits"
    : "set below";
