"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { useSubmit } from "#app/_data/use-submit.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { SelectField, TextField } from "#app/_ui/field.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { SecretOnce } from "../_parts/secret-once.tsx";
import { type AccessTokenView, settingsQueries } from "./queries.ts";

/** The person's own access tokens, for scripts and the command line. */
export function TokensPanel({
  initialTokens,
  publicUrl,
}: {
  initialTokens: { tokens: AccessTokenView[] };
  publicUrl: string | null;
}) {
  const { data } = useQuery({ ...settingsQueries.tokens(), initialData: initialTokens });
  const [secret, setSecret] = useState<string | null>(null);
  const shown = data.tokens.filter((token) => token.state !== "revoked");
  return (
    <Panel title="Your access tokens">
      <p className="text-ink2">
        A token acts as you on <code className="font-mono text-xs">{publicUrl ?? ""}/api/*</code> and in the command
        line (<code className="font-mono text-xs">CCO_TOKEN</code>). It carries no model traffic; that is what proxy
        keys are for.
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
      <TokenForm onIssued={setSecret} />
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
    <li className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-0.5 py-1.5">
      <span className="font-medium">{token.name}</span>
      <code className="font-mono text-xs text-ink3">ccoat_…{token.hint}</code>
      {token.state === "expired" ? <Badge tone="danger">Expired</Badge> : null}
      <span className="ml-auto text-xs text-ink3">
        {token.lastUsedAt ? (
          <>
            used <Ago at={token.lastUsedAt} suffix=" ago" />
          </>
        ) : (
          "never used"
        )}
        {token.expiresAt && token.state === "live" ? (
          <>
            {" · "}
            <Ago at={token.expiresAt} suffix=" left" />
          </>
        ) : null}
      </span>
      <Button busy={busy} onClick={() => void revoke()}>
        Revoke
      </Button>
    </li>
  );
}

function TokenForm({ onIssued }: { onIssued: (secret: string) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");

  const { busy, problem, submit } = useSubmit(async () => {
    const body = { name, expiresInDays: days === "" ? null : Number(days) };
    onIssued((await sendJson<{ secret: string }>("POST", "/api/tokens", body)).secret);
    setName("");
    await client.invalidateQueries({ queryKey: ["tokens"] });
  });

  return (
    <form
      onSubmit={submit}
      className="mt-3 grid items-start gap-3 border-t border-line pt-3 sm:grid-cols-[1fr_130px_auto]"
    >
      <TextField
        label="Name"
        required
        maxLength={60}
        placeholder="Month-end script"
        value={name}
        error={problem.fields.name ?? problem.message}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField label="Expires" value={days} onChange={(event) => setDays(event.target.value)}>
        <option value="30">In 30 days</option>
        <option value="90">In 90 days</option>
        <option value="365">In a year</option>
        <option value="">Never</option>
      </SelectField>
      <Button type="submit" busy={busy} className="h-9 sm:mt-6">
        Create token
      </Button>
    </form>
  );
}
