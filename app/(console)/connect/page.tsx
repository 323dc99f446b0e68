import type { Metadata } from "next";
import { requireActor } from "#app/_server/page-actor.ts";
import { Page } from "#app/_ui/page.tsx";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { showOwnIssuing } from "#control/keys/issuing-policy.ts";
import { listKeys } from "#control/keys/list.ts";
import { listOwnLimits } from "#control/limits/list.ts";
import { peopleWhoMay } from "#control/team/who-may.ts";
import { ConnectClient } from "./client.tsx";

export const metadata: Metadata = { title: "Connect" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Connect: key, set-up snippets, and a check for the first request. */
export default async function ConnectPage({ searchParams }: { searchParams: Search }) {
  const actor = await requireActor(paths.connect());
  const { tab, first } = await searchParams;
  const deps = await controlDeps();
  const { publicUrl, callerKeys } = deps.config;
  const [keys, limits, issuing] = await Promise.all([
    listKeys(actor, "own", deps),
    listOwnLimits(actor, deps),
    showOwnIssuing(actor, deps),
  ]);
  const issuers = issuing.mayIssueOwn ? null : await peopleWhoMay("keys.manage", deps);
  return (
    <Page title="Connect">
      <ConnectClient
        publicUrl={publicUrl}
        callerKeys={callerKeys}
        initialKeys={{ keys }}
        initialLimits={limits}
        issuing={issuing}
        issuers={issuers}
        initialTab={typeof tab === "string" ? tab : null}
        isFirst={first === "1"}
        ownRequests={paths.activity({ range: "30d", person: actor.id, outcome: "overridden,skipped,fallback" })}
      />
    </Page>
  );
}
