"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { leaveFor } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { SessionList } from "../_parts/session-list.tsx";
import { SignOutEverywhere } from "../_parts/sign-out-everywhere.tsx";
import { settingsQueries } from "./queries.ts";

/** Signed-in browsers of the person, with buttons to sign out one or all. */
export function SessionsPanel() {
  const { data } = useSuspenseQuery(settingsQueries.sessions());
  const [isAsking, setAsking] = useState(false);
  return (
    <Panel title="Where you are signed in">
      <p className="text-ink2">Sessions expire one week after sign-in.</p>
      <div className="mt-1">
        <SessionList sessions={data.sessions} />
      </div>
      <div className="border-t border-line pt-3">
        <Button onClick={() => setAsking(true)}>Sign out everywhere …</Button>
      </div>
      {isAsking ? (
        <SignOutEverywhere
          onClose={() => setAsking(false)}
          title="Sign out everywhere?"
          description="Every session of yours ends, this one included."
          onConfirm={async (body) => {
            await sendJson("POST", "/api/sign-out/everywhere", body);
            await leaveFor(paths.signIn());
          }}
        />
      ) : null}
    </Panel>
  );
}
