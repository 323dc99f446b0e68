"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FormProblem } from "#app/_data/field-errors.ts";
import { sendJson } from "#app/_data/get-json.ts";
import { useSubmit } from "#app/_data/use-submit.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { SelectField, TextField } from "#app/_ui/field.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import type { Attribution } from "#core/access/attribution.ts";
import { AttributionField } from "../_parts/attribution-field.tsx";
import { firstLife, LifeField } from "../_parts/life-field.tsx";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { limitsOf, noLimits } from "../_parts/limits-form.ts";
import { NameField } from "../_parts/name-field.tsx";
import { SecretOnce } from "../_parts/secret-once.tsx";
import type { LimitsView, OwnIssuingView, TeamPerson } from "./queries.ts";

const noOwner = "";
const blank = {
  name: "",
  personId: noOwner,
  team: "",
  project: "",
  attribution: "locked" as Attribution,
  days: "",
  limits: noLimits,
};
type TextName = "name" | "personId" | "team" | "project";

/** Dialog that issues a key for a pipeline or for another person. */
export function IssueKeyDialog({
  open,
  onClose,
  people,
  limits,
  issuing,
}: {
  open: boolean;
  onClose: () => void;
  people: readonly TeamPerson[];
  limits: LimitsView;
  issuing: OwnIssuingView;
}) {
  const client = useQueryClient();
  const first = { ...blank, days: firstLife(issuing.lifeMax) };
  const [form, setForm] = useState(first);
  const [secret, setSecret] = useState<string | null>(null);

  const { busy, problem, submit, clearProblem } = useSubmit(async () => {
    const { name, team, project, attribution } = form;
    const expiresInDays = form.days === "" ? null : Number(form.days);
    const owner = { name, team, project, attribution, personId: form.personId || null };
    const body = { ...owner, expiresInDays, ...limitsOf(form.limits) };
    setSecret((await sendJson<{ secret: string }>("POST", "/api/keys", body)).secret);
    await client.invalidateQueries({ queryKey: ["keys"] });
  });
  const close = () => {
    setSecret(null);
    setForm(first);
    clearProblem();
    onClose();
  };

  if (secret) {
    return (
      <Dialog open={open} onClose={close} title={`Key “${form.name}” is live`}>
        <SecretOnce secret={secret} label="Copy the key" />
        <DialogActions>
          <Button look="solid" onClick={close}>
            Done
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Issue a proxy key"
      description="Its requests are recorded under this owner, team and project."
    >
      <form onSubmit={submit} className="space-y-4">
        <KeyFields form={form} people={people} limits={limits} issuing={issuing} problem={problem} onChange={setForm} />
        <DialogActions>
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="solid" busy={busy}>
            Issue key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function KeyFields({
  form,
  people,
  limits,
  issuing,
  problem,
  onChange,
}: {
  form: typeof blank;
  people: readonly TeamPerson[];
  limits: LimitsView;
  issuing: OwnIssuingView;
  problem: FormProblem;
  onChange: (form: typeof blank) => void;
}) {
  const set = (name: TextName) => (event: { target: { value: string } }) =>
    onChange({ ...form, [name]: event.target.value });
  return (
    <>
      <TextField
        label="Name"
        required
        autoFocus
        maxLength={60}
        placeholder="CI, payments"
        value={form.name}
        error={problem.fields.name ?? problem.message}
        onChange={set("name")}
      />
      <SelectField
        label="Owner"
        value={form.personId}
        error={problem.fields.personId}
        hint="A key without an owner keeps working when a person leaves."
        onChange={set("personId")}
      >
        <option value={noOwner}>None (pipeline)</option>
        {people
          .filter((person) => !person.disabledAt)
          .map((person) => (
            <option key={person.id} value={person.id}>
              {person.name}
            </option>
          ))}
      </SelectField>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <NameField
          label="Team (optional)"
          value={form.team}
          known={limits.known.teams}
          error={problem.fields.team}
          onChange={set("team")}
        />
        <NameField
          label="Project (optional)"
          value={form.project}
          known={limits.known.projects}
          error={problem.fields.project}
          onChange={set("project")}
        />
      </div>
      <AttributionField
        value={form.attribution}
        error={problem.fields.attribution}
        onChange={(attribution) => onChange({ ...form, attribution })}
      />
      <LifeField
        lifeMax={issuing.lifeMax}
        value={form.days}
        error={problem.fields.expiresInDays}
        onChange={(days) => onChange({ ...form, days })}
      />
      <details className="group rounded-md border border-line px-3 py-2 open:pb-4">
        <summary className="flex min-h-6 cursor-pointer list-none items-center gap-1.5 font-medium">
          <Icon name="right" className="size-3.5 text-ink3 group-open:rotate-90" />
          Limits
          <span className="truncate text-xs font-normal text-ink3">{limitSummary(form.limits)}</span>
        </summary>
        <div className="mt-3">
          <LimitFields form={form.limits} problem={problem} onChange={(limits) => onChange({ ...form, limits })} />
        </div>
      </details>
    </>
  );
}

const limitSummary = (limits: typeof noLimits): string =>
  Object.entries(limits).every(([name, value]) => value === noLimits[name as keyof typeof noLimits])
    ? "No limits"
    : "set below";
