"use client";

import { useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { roleWords } from "#app/_data/role-words.ts";
import { useAction } from "#app/_data/use-action.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Name } from "#app/_ui/name.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { type Me, mayMakeOwner } from "./page-facts.ts";
import type { InviteView } from "./queries.ts";

/** Invitations that are not accepted yet. */
export function InvitesPanel({
  invites,
  me,
  hasOthers,
  onInvite,
}: {
  invites: readonly InviteView[];
  me: Me;
  hasOthers: boolean;
  onInvite: () => void;
}) {
  if (invites.length === 0 && hasOthers) return null;
  return (
    <Panel title="Open invitations" flush>
      {invites.length === 0 ? (
        <Empty icon="team" title="You are the only one here">
          <p>Invite the people who write rules, pay the bill or use Claude Code.</p>
          <div className="mt-3">
            <Button onClick={onInvite}>Invite a person</Button>
          </div>
        </Empty>
      ) : (
        <ul className="divide-y divide-line pt-1">
          {invites.map((invite) => (
            <Invitation key={invite.id} invite={invite} me={me} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Invitation({ invite, me }: { invite: InviteView; me: Me }) {
  const client = useQueryClient();
  const isExpired = new Date(invite.expiresAt).getTime() < Date.now();
  const mayWithdraw = !invite.isRevoked && (invite.role !== "owner" || mayMakeOwner(me));

  const { busy, run: revoke } = useAction("The invitation was not withdrawn", async () => {
    await sendJson("DELETE", `/api/team/invites/${invite.id}`);
    toast(`The invitation of ${invite.email} is ${isExpired ? "removed" : "withdrawn"}`);
    await client.invalidateQueries({ queryKey: ["team"] });
  });

  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 lg:px-5">
      <Name text={invite.email} className="font-medium" />
      <Badge>{roleWords[invite.role].label}</Badge>
      <span className="text-xs text-ink3" suppressHydrationWarning>
        <InviteState invite={invite} isExpired={isExpired} />
      </span>
      {mayWithdraw ? (
        <span className="ml-auto">
          <Button busy={busy} onClick={() => void revoke()}>
            {isExpired ? "Remove" : "Withdraw"}
          </Button>
        </span>
      ) : null}
    </li>
  );
}

function InviteState({ invite, isExpired }: { invite: InviteView; isExpired: boolean }) {
  if (invite.isRevoked) return "revoked: who made it may no longer invite; invite again for a fresh link";
  return isExpired ? "expired; invite again for a fresh link" : <Ago at={invite.expiresAt} suffix=" left" />;
}
