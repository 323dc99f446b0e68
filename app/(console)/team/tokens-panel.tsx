"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { IconButton } from "#app/_ui/button.tsx";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Name } from "#app/_ui/name.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Card, type Column, DataTable } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { formatScopeNames, TokenFacts, TokenName } from "../_parts/token-words.tsx";
import { type Me, mayMakeOwner } from "./page-facts.ts";
import type { OwnedTokenView } from "./queries.ts";

/** Access tokens of the installation with owner and scopes. Long because it is one table: a column per entry. */
export function TokensPanel({ tokens, me }: { tokens: readonly OwnedTokenView[]; me: Me }) {
  const [showsDead, setShowsDead] = useState(false);
  const live = tokens.filter((token) => token.state === "live");
  const shown = showsDead ? tokens : live;
  const deadCount = tokens.length - live.length;
  return (
    <Panel
      title="Access tokens"
      flush
      aside={
        deadCount > 0 ? (
          <button
            type="button"
            aria-pressed={showsDead}
            onClick={() => setShowsDead(!showsDead)}
            className="min-h-6 font-medium text-accent"
          >
            {showsDead ? "Hide revoked and expired" : `Show ${deadCount} revoked or expired`}
          </button>
        ) : null
      }
    >
      <DataTable
        label="Access tokens"
        rows={shown}
        rowKey={(token) => token.id}
        rowClassName={(token) => token.state !== "live" && "text-ink3"}
        empty={
          <Empty icon="key" title={tokens.length === 0 ? "No access token yet" : "No live access token"}>
            People create their own in Settings, for scripts that call the API.
          </Empty>
        }
        columns={[
          ...columns,
          {
            name: "Actions",
            isHeadHidden: true,
            className: "w-10 text-right",
            cell: (token) => <RevokeToken token={token} me={me} />,
          },
        ]}
        card={{
          below: "md",
          listClassName: "pt-1",
          draw: (token) => (
            <Card actions={<RevokeToken token={token} me={me} />}>
              <TokenName token={token} />
              <p className="mt-0.5 text-xs text-ink2 wrap-anywhere">
                {token.person.name} · <TokenFacts token={token} />
              </p>
            </Card>
          ),
        }}
      />
    </Panel>
  );
}

const columns: readonly Column<OwnedTokenView>[] = [
  { name: "Token", className: "max-w-[240px]", cell: (token) => <TokenName token={token} /> },
  { name: "Person", className: "max-w-[160px]", cell: (token) => <Name text={token.person.name} /> },
  { name: "Scopes", className: "max-w-[240px] text-ink2", cell: formatScopeNames },
  { name: "Created", className: "text-ink2", cell: (token) => <Ago at={token.createdAt} suffix=" ago" /> },
  {
    name: "Last used",
    className: "text-ink2",
    cell: (token) => (token.lastUsedAt ? <Ago at={token.lastUsedAt} suffix=" ago" /> : "never"),
  },
  {
    name: "Expires",
    className: "text-ink2",
    cell: (token) =>
      token.state === "live" && token.expiresAt ? (
        <>
          in <Ago at={token.expiresAt} />
        </>
      ) : (
        "–"
      ),
  },
];

function RevokeToken({ token, me }: { token: OwnedTokenView; me: Me }) {
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const { busy, run: revoke } = useAction("The token was not revoked", async () => {
    await sendJson("DELETE", `/api/tokens/${token.id}`);
    await client.invalidateQueries({ queryKey: ["tokens"] });
    toast(`Token “${token.name}” is revoked`);
    setOpen(false);
  });
  const isOwnersFromBelow = token.person.role === "owner" && !mayMakeOwner(me);
  if (token.state === "revoked" || isOwnersFromBelow) return null;
  return (
    <>
      <IconButton label={`Revoke ${token.name}`} onClick={() => setOpen(true)}>
        <Icon name="x" />
      </IconButton>
      {isOpen ? (
        <ConfirmDialog
          title={`Revoke “${token.name}”?`}
          description={`The scripts of ${token.person.name} that use this token stop working at once. This cannot be undone.`}
          go="Revoke token"
          isDamage
          busy={busy}
          onStay={() => setOpen(false)}
          onGo={() => void revoke()}
        />
      ) : null}
    </>
  );
}
