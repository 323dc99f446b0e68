import type { Metadata } from "next";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { showOwnIssuing } from "#control/keys/issuing-policy.ts";
import { listKeys } from "#control/keys/list.ts";
import { listOwnLimits } from "#control/limits/list.ts";
import { peopleWhoMay } from "#control/team/who-may.ts";
import { ConnectClient } from "./client.tsx";
import { connectQueries } from "./queries.ts";

export const metadata: Metadata = { title: "Connect" };

/** Connect: key, set-up snippets, and a check for the first request. */
export default async function ConnectPage() {
  const actor = await requireActor(paths.connect());
  const deps = await controlDeps();
  const { publicUrl, callerKeys } = deps.config;
  const [keys, limits, issuing] = await Promise.all([
    listKeys(actor, "own", deps),
    listOwnLimits(actor, deps),
    showOwnIssuing(actor, deps),
  ]);
  const issuers = issuing.mayIssueOwn ? null : await peopleWhoMay("keys.manage", deps);
  return (
    <Hydrated first={[firstData(connectQueries.keys(), { keys }), firstData(connectQueries.limits(), limits)]}>
      <ConnectClient
        publicUrl={publicUrl}
        callerKeys={callerKeys}
        issuing={issuing}
        issuers={issuers}
        ownRequests={paths.activity({ range: "30d", person: actor.id, outcome: "overridden,skipped,fallback" })}
      />
    </Hydrated>
  );
}
