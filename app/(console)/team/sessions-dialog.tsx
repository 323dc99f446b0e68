"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { SessionList } from "../_parts/session-list.tsx";
import { SignOutEverywhere } from "../_parts/sign-out-everywhere.tsx";
import { type TeamPerson, teamQueries } from "./queries.ts";

/** Signed-in browsers of a person, for admins, with buttons to sign out one or all; mounted while it is open. */
export function SessionsDialog({ onClose, person }: { onClose: () => void; person: TeamPerson }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(teamQueries.sessions(person.id));
  const [isAsking, setAsking] = useState(false);
  const endAll = async (body: { tokens: boolean }) => {
    await sendJson("POST", `/api/team/people/${person.id}/sign-out`, body);
    toast(`${person.name} is signed out everywhere`);
    await Promise.all(["sessions", "tokens"].map((key) => client.invalidateQueries({ queryKey: [key] })));
    onClose();
  };
  return (
    <>
      <Dialog
        open={!isAsking}
        onClose={onClose}
        title={`Sessions of ${person.name}`}
        description="Sessions expire one week after sign-in."
      >
        {error ? (
          <ErrorCard title="The sessions could not be read" message={error.message} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <p role="status" className="text-ink3">
            Loading …
          </p>
        ) : data.sessions.length === 0 ? (
          <p className="text-ink2">{person.name} is not signed in anywhere.</p>
        ) : (
          <SessionList sessions={data.sessions} />
        )}
        <DialogActions>
          <Button onClick={onClose}>Close</Button>
          <Button look="danger" onClick={() => setAsking(true)}>
            Sign out everywhere …
          </Button>
        </DialogActions>
      </Dialog>
      {isAsking ? (
        <SignOutEverywhere
          onClose={() => setAsking(false)}
          title={`Sign ${person.name} out everywhere?`}
          description="Every session ends at once, and they have to sign in again."
          onConfirm={endAll}
        />
      ) : null}
    </>
  );
}
