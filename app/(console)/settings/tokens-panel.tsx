"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { SelectField, TextField } from "#app/_ui/field.tsx";
import { Form } from "#app/_ui/form.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import type { Scope } from "#core/access/scopes.ts";
import { SecretOnce } from "../_parts/secret-once.tsx";
import { TokenFacts, TokenName } from "../_parts/token-words.tsx";
import { type AccessTokenView, settingsQueries } from "./queries.ts";
import { ScopeChoice } from "./scope-choice.tsx";

/** Access tokens of the person, for scripts and the command line. */
export function TokensPanel({
  scopes,
  role,
  publicUrl,
}: {
  /** Scopes that contain any permission of the person's role. */
  scopes: readonly Scope[];
  role: string;
  publicUrl: string | null;
}) {
  const { data } = useSuspenseQuery(settingsQueries.tokens());
  const [secret, setSecret] = useState<string | null>(null);
  const shown = data.tokens.filter((token) => token.state !== "revoked");
  return (
    <Panel title="Your access tokens">
      <p className="text-ink2">
        A token acts as you on <code className="font-mono text-xs">{publicUrl ?? ""}/api/*</code>, within its scopes and
        never beyond your role. It carries no model traffic; that is what proxy keys are for.
      </p>
      {secret ? (
        <div className="mt-3">
          <SecretOnce secret={secret} label="Your new token" />
        </div>
      ) : null}
      {shown.length > 0 ? (
        <ul className="mt-2 divide-y divide-line">
          {shown.map((token) => (
            <Token key={token.id} token={token} />
          ))}
        </ul>
      ) : null}
      <TokenForm scopes={scopes} role={role} onIssued={setSecret} />
    </Panel>
  );
}

function Token({ token }: { token: AccessTokenView }) {
  const client = useQueryClient();
  const { busy, run: revoke } = useAction("The token was not revoked", async () => {
    await sendJson("DELETE", `/api/tokens/${token.id}`);
    toast(`Token “${token.name}” is revoked`);
    await client.invalidateQueries({ queryKey: ["tokens"] });
  });
  return (
    <li className="flex min-h-12 items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <TokenName token={token} />
        <p className="mt-0.5 text-xs text-ink3">
          <TokenFacts token={token} />
        </p>
      </div>
      <Button busy={busy} onClick={() => void revoke()} aria-label={`Revoke ${token.name}`}>
        Revoke
      </Button>
    </li>
  );
}

const blank = { name: "", days: "90", scopes: ["read"] as Scope[] };

function TokenForm({
  scopes,
  role,
  onIssued,
}: {
  scopes: readonly Scope[];
  role: string;
  onIssued: (secret: string) => void;
}) {
  const client = useQueryClient();
  const form = useForm(
    blank,
    async ({ name, days, scopes: chosen }) => {
      const body = { name, scopes: chosen, expiresInDays: Number(days) };
      onIssued((await sendJson<{ secret: string }>("POST", "/api/tokens", body)).secret);
      form.reset();
      await client.invalidateQueries({ queryKey: ["tokens"] });
    },
    { failureAt: "name" },
  );

  return (
    <Form form={form} className="mt-3 space-y-3 border-t border-line pt-3">
      <div className="grid items-start gap-3 sm:grid-cols-[1fr_130px]">
        <TextField label="Name" required maxLength={60} placeholder="Month-end script" {...form.input("name")} />
        <SelectField label="Expires" {...form.input("days", "expiresInDays")}>
          <option value="7">In a week</option>
          <option value="30">In 30 days</option>
          <option value="90">In 90 days</option>
          <option value="365">In a year</option>
        </SelectField>
      </div>
      <ScopeChoice scopes={scopes} role={role} {...form.choice("scopes")} />
      <Button
        type="submit"
        busy={form.busy}
        why={form.values.scopes.length === 0 ? "Choose at least one scope." : null}
      >
        Create token
      </Button>
    </Form>
  );
}
