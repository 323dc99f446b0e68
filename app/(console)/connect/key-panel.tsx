"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { type FormOf, useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { SelectField, TextField } from "#app/_ui/field.tsx";
import { Form } from "#app/_ui/form.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { type Attribution, DEFAULT_PROJECT } from "#core/access/attribution.ts";
import { AttributionField } from "../_parts/attribution-field.tsx";
import { firstLife, LifeField } from "../_parts/life-field.tsx";
import { limitWords } from "../_parts/limit-words.ts";
import { RevokeKey } from "../_parts/revoke-key.tsx";
import { SecretOnce } from "../_parts/secret-once.tsx";
import type { OwnIssuingView, ProxyKeyView } from "./queries.ts";

/** Proxy keys of the person, with a form to create another. */
export function KeyPanel({
  keys,
  issuing,
  issuers,
  secret,
  onIssued,
}: {
  keys: readonly ProxyKeyView[];
  issuing: OwnIssuingView;
  /** Who issues keys, where the reader may not. */
  issuers: string | null;
  secret: string | null;
  onIssued: (secret: string) => void;
}) {
  const live = keys.filter((key) => key.state === "live");
  const [isMaking, setMaking] = useState(live.length === 0 && issuing.mayIssueOwn);
  return (
    <Panel
      title="Your proxy key"
      aside={
        isMaking || secret || !issuing.mayIssueOwn ? null : (
          <Button onClick={() => setMaking(true)}>Create another key</Button>
        )
      }
    >
      <div className="space-y-3">
        {secret ? (
          <SecretOnce secret={secret} label="Your new key, filled in below">
            Only its fingerprint is kept, so it is shown this once. Lost it? Revoke it and create another.
          </SecretOnce>
        ) : null}
        {issuers ? <p className="text-ink2">Keys are issued by admins here. {issuers}</p> : null}
        {isMaking && !secret ? (
          <KeyForm issuing={issuing} onIssued={onIssued} onCancel={live.length > 0 ? () => setMaking(false) : null} />
        ) : null}
        {live.length > 0 ? (
          <ul className="divide-y divide-line">
            {live.map((key) => (
              <KeyLine key={key.id} proxyKey={key} />
            ))}
          </ul>
        ) : null}
      </div>
    </Panel>
  );
}

function KeyLine({ proxyKey: key }: { proxyKey: ProxyKeyView }) {
  return (
    <li className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-0.5 py-1">
      <span className="min-w-0 wrap-anywhere font-medium">{key.name}</span>
      <code className="font-mono text-xs text-ink3">cco_…{key.hint}</code>
      {key.project ? <span className="text-xs text-ink2">project {key.project}</span> : null}
      {key.attribution === "free" ? <span className="text-xs text-ink2">counts for what a request names</span> : null}
      {limitWords(key.limits).length > 0 ? (
        <span className="text-xs text-ink2">{limitWords(key.limits).join(" · ")}</span>
      ) : null}
      <span className="ml-auto text-xs text-ink3">
        {key.lastUsedAt ? (
          <>
            used <Ago at={key.lastUsedAt} suffix=" ago" />
          </>
        ) : (
          "never used"
        )}
      </span>
      <RevokeKey id={key.id} name={key.name} />
    </li>
  );
}

/** Long because it is one form: each field in the order it is filled in. */
function KeyForm({
  issuing,
  onIssued,
  onCancel,
}: {
  issuing: OwnIssuingView;
  onIssued: (secret: string) => void;
  onCancel: (() => void) | null;
}) {
  const client = useQueryClient();
  const blank: Values = { name: "My computer", project: "", attribution: "locked", days: firstLife(issuing.lifeMax) };
  const form = useForm(
    blank,
    async ({ days, ...named }) => {
      const body = { ...named, expiresInDays: days === "" ? null : Number(days) };
      const { secret } = await sendJson<{ secret: string }>("POST", "/api/keys", body);
      onIssued(secret);
      await Promise.all([
        client.invalidateQueries({ queryKey: ["keys"] }),
        client.invalidateQueries({ queryKey: ["limits"] }),
      ]);
    },
    { failureAt: "name" },
  );

  const held = limitWords(issuing.limits);
  return (
    <Form form={form} className="grid items-start gap-3 sm:grid-cols-2">
      <TextField
        label="Name"
        required
        maxLength={60}
        hint="To recognise it by, for example when you lose a laptop."
        {...form.input("name")}
      />
      <ProjectField projects={issuing.projects} field={form.input("project")} />
      {issuing.mayBeFree ? <AttributionField {...form.choice("attribution")} /> : null}
      {issuing.lifeMax === null ? null : (
        <LifeField lifeMax={issuing.lifeMax} {...form.choice("days", "expiresInDays")} />
      )}
      {held.length > 0 ? (
        <p className="text-xs text-ink2 sm:col-span-2">Your keys are held to {held.join(" · ")}.</p>
      ) : null}
      <div className="flex gap-2 sm:col-span-2">
        <Button type="submit" look="solid" busy={form.busy}>
          Create key
        </Button>
        {onCancel ? <Button onClick={onCancel}>Cancel</Button> : null}
      </div>
    </Form>
  );
}

interface Values {
  name: string;
  project: string;
  attribution: Attribution;
  days: string;
}

/** Field for the project of a key: any, some, or the default project only. */
function ProjectField({
  projects,
  field,
}: {
  projects: OwnIssuingView["projects"];
  field: ReturnType<FormOf<Values>["input"]>;
}) {
  if (projects === "any") {
    return <TextField label="Project (optional)" maxLength={64} hint="What its requests count for." {...field} />;
  }
  return (
    <SelectField
      label="Project"
      hint="What its requests count for. Keys for other projects are issued by admins."
      {...field}
    >
      <option value="">default</option>
      {projects
        .filter((name) => name !== DEFAULT_PROJECT)
        .map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
    </SelectField>
  );
}
