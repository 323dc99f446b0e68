"use client";

import type { FormProblem } from "#app/_data/field-errors.ts";
import { roleWords } from "#app/_data/role-words.ts";
import { Button } from "#app/_ui/button.tsx";
import { FieldError, SelectField, TextField } from "#app/_ui/field.tsx";
import { Form, FormFailure } from "#app/_ui/form.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { keyLives } from "#core/access/issuing-policy.ts";
import type { KeyLimits } from "#core/access/key-limits.ts";
import { type Role, roles } from "#core/access/roles.ts";
import { formatCounted } from "#core/report/plural.ts";
import { lifeWords } from "../_parts/life-field.tsx";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { limitWords } from "../_parts/limit-words.ts";
import type { IssuingForm } from "./issuing-form.ts";
import type { IssuingPolicyView } from "./queries.ts";
import { useIssuingForm } from "./use-issuing-form.ts";

/** Issuing policy of proxy keys, for people who may change it. */
export function IssuingPanel() {
  const { data, policy, values, form, isSame, onChange } = useIssuingForm();
  const part = { form: values, problem: form.problem, onChange };

  return (
    <Panel title="Who issues proxy keys" aside={<Outside view={data} />}>
      <Form form={form} className="space-y-5">
        <div className="grid items-start gap-x-8 gap-y-5 lg:grid-cols-2">
          <OwnKeys {...part} />
          <div className="space-y-5">
            <Largest {...part} saved={policy.ownLimits} problem={problemWithin(form.problem, "ownLimits.")} />
            <KeysForOthers {...part} />
          </div>
        </div>
        <FormFailure form={form} />
        <Button type="submit" look="solid" busy={form.busy} why={isSame ? "Nothing has changed." : null}>
          Save policy
        </Button>
      </Form>
    </Panel>
  );
}

interface PartProps {
  form: IssuingForm;
  problem: FormProblem;
  onChange: (part: Partial<IssuingForm>) => void;
}

/** Number of live keys outside the policy; they stay as they are. */
function Outside({ view: { liveKeysOutside, liveKeys } }: { view: IssuingPolicyView }) {
  if (liveKeysOutside === 0) return <span className="text-ink3">Every live key is within this policy</span>;
  return (
    <span className="text-ink2">
      {liveKeysOutside} of {formatCounted(liveKeys, "live key")} could not be issued like this today ·{" "}
      <Link href={paths.team()} className="font-medium text-accent">
        Look at keys
      </Link>
    </span>
  );
}

function OwnKeys({ form, problem, onChange }: PartProps) {
  return (
    <div className="space-y-4">
      <OwnRoles form={form} problem={problem} onChange={onChange} />
      <SelectField
        label="For which projects"
        value={form.projects}
        hint="A key for a project adds to its costs and may be given its cached answers."
        onChange={(event) => onChange({ projects: event.target.value as IssuingForm["projects"] })}
      >
        <option value="default">The default project only</option>
        <option value="listed">The default project and those listed</option>
        <option value="any">Any project</option>
      </SelectField>
      {form.projects === "listed" ? (
        <TextField
          label="Listed projects"
          placeholder="web, data-lake"
          hint="Names with commas between."
          spellCheck={false}
          autoComplete="off"
          value={form.listed}
          error={firstWithin(problem, "ownProjects")}
          onChange={(event) => onChange({ listed: event.target.value })}
        />
      ) : null}
      {form.projects === "any" ? (
        <label className="flex min-h-6 cursor-pointer items-center gap-3">
          <input
            type="checkbox"
            checked={form.mayOwnBeFree}
            onChange={() => onChange({ mayOwnBeFree: !form.mayOwnBeFree })}
            className="size-4 shrink-0 accent-[var(--accent)]"
          />
          Requests of these keys may name another project and team
        </label>
      ) : null}
      <LongestLife
        label="Longest life of these keys"
        value={form.ownLifeMax}
        error={problem.fields.ownLifeMax}
        onChange={(ownLifeMax) => onChange({ ownLifeMax })}
      />
    </div>
  );
}

function OwnRoles({ form, problem, onChange }: PartProps) {
  const toggle = (role: Role) =>
    onChange({
      ownRoles: roles.filter((one) => (one === role ? !form.ownRoles.includes(role) : form.ownRoles.includes(one))),
    });
  return (
    <fieldset>
      <legend className="mb-1 font-medium">May issue keys for themselves</legend>
      <div className="grid grid-cols-2 overflow-hidden rounded-md border border-line">
        {roles.map((role) => (
          <label
            key={role}
            className="flex min-h-9 cursor-pointer items-center gap-3 px-3 py-1 has-checked:bg-sunken hover:bg-sunken"
          >
            <input
              type="checkbox"
              checked={form.ownRoles.includes(role)}
              onChange={() => toggle(role)}
              className="size-4 shrink-0 accent-[var(--accent)]"
            />
            {roleWords[role].label}
          </label>
        ))}
      </div>
      <FieldError text={problem.fields.ownRoles} />
    </fieldset>
  );
}

function Largest({ form, saved, problem, onChange }: PartProps & { saved: KeyLimits }) {
  const words = limitWords(saved);
  return (
    <details
      className="group rounded-md border border-line px-3 py-2 open:pb-4"
      open={Object.keys(problem.fields).length > 0 || undefined}
    >
      <summary className="flex min-h-6 cursor-pointer list-none items-center gap-1.5 font-medium">
        <Icon name="right" className="size-3.5 shrink-0 text-ink3 group-open:rotate-90" />
        Largest limits of these keys
        <span className="min-w-0 truncate text-xs font-normal text-ink3">
          {words.length > 0 ? words.join(" · ") : "no bound"}
        </span>
      </summary>
      <p className="mt-2 text-xs text-ink2">
        Each key gets them where its owner leaves a limit out. What a person’s keys may spend together is set on the
        Team page.
      </p>
      <div className="mt-3">
        <LimitFields form={form.limits} problem={problem} onChange={(limits) => onChange({ limits })} />
      </div>
    </details>
  );
}

function KeysForOthers({ form, problem, onChange }: PartProps) {
  return (
    <div className="space-y-4">
      <SelectField
        label="May issue keys for others and for pipelines"
        value={form.issuers}
        error={firstWithin(problem, "issuerRoles")}
        hint="They issue for any project and with any limits."
        onChange={(event) => onChange({ issuers: event.target.value as IssuingForm["issuers"] })}
      >
        <option value="owners-and-admins">Owners and admins</option>
        <option value="owners">Owners only</option>
      </SelectField>
      <LongestLife
        label="Longest life of the keys they issue"
        value={form.issuedLifeMax}
        error={problem.fields.issuedLifeMax}
        onChange={(issuedLifeMax) => onChange({ issuedLifeMax })}
      />
    </div>
  );
}

/** Problems of a nested field, by field name. */
function problemWithin({ fields }: FormProblem, prefix: string): FormProblem {
  const within = Object.entries(fields).filter(([name]) => name.startsWith(prefix));
  return { fields: Object.fromEntries(within.map(([name, text]) => [name.slice(prefix.length), text])), message: null };
}

/** The first problem of a field that is a list: the server names the entry (`ownProjects.2`). */
const firstWithin = ({ fields }: FormProblem, name: string): string | undefined =>
  Object.entries(fields).find(([field]) => field === name || field.startsWith(`${name}.`))?.[1];

function LongestLife({
  label,
  value,
  error,
  onChange,
}: {
  label: string;
  value: string;
  error?: string;
  onChange: (value: string) => void;
}) {
  return (
    <SelectField
      label={label}
      value={value}
      error={error}
      hint={value === "" ? "Keys may be issued without an end." : "An end must then be chosen for each key."}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">No bound</option>
      {keyLives.map((days) => (
        <option key={days} value={days}>
          {lifeWords[days][0]?.toUpperCase()}
          {lifeWords[days].slice(1)}
        </option>
      ))}
    </SelectField>
  );
}
