"use client";

import { useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { signOut } from "#app/_data/sign-out.ts";
import { useAction } from "#app/_data/use-action.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import type { SessionView } from "../settings/queries.ts";

/** List of a person's signed-in browsers, each with a sign-out button. */
export function SessionList({ sessions }: { sessions: readonly SessionView[] }) {
  return (
    <ul className="divide-y divide-line">
      {sessions.map((session) => (
        <Session key={session.id} session={session} />
      ))}
    </ul>
  );
}

function Session({ session }: { session: SessionView }) {
  const client = useQueryClient();
  const name = session.browser ?? "Unknown browser";
  const { busy, run: end } = useAction("The session was not ended", async () => {
    if (session.isCurrent) return signOut();
    await sendJson("DELETE", `/api/sessions/${session.id}`);
    toast(`${name} is signed out`);
    await client.invalidateQueries({ queryKey: ["sessions"] });
  });
  return (
    <li className="flex min-h-12 items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="font-medium">{name}</span>
          {session.isCurrent ? <Badge tone="saved">This browser</Badge> : null}
        </p>
        <p className="text-xs text-ink3">
          {session.isCurrent ? (
            "in use now"
          ) : (
            <>
              last seen <Ago at={session.lastSeenAt} suffix=" ago" />
            </>
          )}
          {" · "}
          signed in <Ago at={session.createdAt} suffix=" ago" />
          {session.address ? (
            <>
              {" · "}
              <span className="break-all">{session.address}</span>
            </>
          ) : null}
        </p>
      </div>
      <Button busy={busy} onClick={() => void end()} aria-label={`Sign out ${name}`}>
        Sign out
      </Button>
    </li>
  );
}
