"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useSubmit } from "#app/_data/use-submit.ts";
import { Button } from "#app/_ui/button.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { limitWords } from "../_parts/limit-words.ts";
import { RevokeKey } from "../_parts/revoke-key.tsx";
import { SecretOnce } from "../_parts/secret-once.tsx";
import type { ProxyKeyView } from "./queries.ts";

/** The person's own proxy keys, and the one place to make another. */
export function KeyPanel({
  keys,
  secret,
  onIssued,
}: {
  keys: readonly ProxyKeyView[];
  secret: string | null;
  onIssued: (secret: string) => void;
}) {
  const live = keys.filter((key) => key.state === "live");
  const [isMaking, setMaking] = useState(live.length === 0);
  return (
    <Panel
      title="Your proxy key"
      aside={isMaking || secret ? null : <Button onClick={() => setMaking(true)}>Create another key</Button>}
    >
      <div className="space-y-3">
        {secret ? (
          <SecretOnce secret={secret} label="Your new key, filled in below">
            Only its fingerprint is kept, so it is shown this once. Lost it? Revoke it and create another.
          </SecretOnce>
        ) : null}
        {isMaking && !secret ? (
          <KeyForm onIssued={onIssued} onCancel={live.length > 0 ? () => setMaking(false) : null} />
        ) : null}
        {live.length > 0 ? (
          <ul className="divide-y divide-line">
            {live.map((key) => (
              <li key={key.id} className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-0.5 py-1">
                <span className="font-medium">{key.name}</span>
                <code className="font-mono text-xs text-ink3">cco_…{key.hint}</code>
                {key.project ? <span className="text-xs text-ink2">project {key.project}</span> : null}
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
            ))}
          </ul>
        ) : null}
      </div>
    </Panel>
  );
}

function KeyForm({ onIssued, onCancel }: { onIssued: (secret: string) => void; onCancel: (() => void) | null }) {
  const client = useQueryClient();
  const [name, setName] = useState("My computer");
  const [project, setProject] = useState("");

  const { busy, problem, submit } = useSubmit(async () => {
    const { secret } = await sendJson<{ secret: string }>("POST", "/api/keys", { name, project });
    onIssued(secret);
    await client.invalidateQueries({ queryKey: ["keys"] });
  });

  return (
    <form onSubmit={submit} className="grid items-start gap-3 sm:grid-cols-2">
      <TextField
        label="Name"
        required
        maxLength={60}
        value={name}
        error={problem.fields.name ?? problem.message}
        hint="To recognise it by, for example when you lose a laptop."
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Project (optional)"
        maxLength={64}
        value={project}
        error={problem.fields.project}
        hint="What its requests count for when they name no project."
        onChange={(event) => setProject(event.target.value)}
      />
      <div className="flex gap-2 sm:col-span-2">
        <Button type="submit" look="solid" busy={busy}>
          Create key
        </Button>
        {onCancel ? <Button onClick={onCancel}>Cancel</Button> : null}
      </div>
    </form>
  );
}
