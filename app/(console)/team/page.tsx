import type { Metadata } from "next";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { showOwnIssuing } from "#control/keys/issuing-policy.ts";
import { listKeys } from "#control/keys/list.ts";
import { listLimits } from "#control/limits/list.ts";
import { listTeam } from "#control/team/list.ts";
import { listAllTokens } from "#control/tokens/list.ts";
import { NotAllowed } from "../_parts/not-allowed.tsx";
import { TeamClient } from "./client.tsx";
import { teamQueries } from "./queries.ts";

export const metadata: Metadata = { title: "Team" };

/** Team page: people, invitations, sign-in methods, limits, proxy keys and access tokens. */
export default async function TeamPage() {
  const actor = await requireActor(paths.team());
  const deps = await controlDeps();
  const why = await whyNot(actor, "team.read", deps);
  if (why) return <NotAllowed title="Team" why={why} />;
  const [team, keys, tokens, limits, issuing] = await Promise.all([
    listTeam(actor, deps),
    listKeys(actor, "all", deps),
    listAllTokens(actor, deps),
    listLimits(actor, deps),
    showOwnIssuing(actor, deps),
  ]);
  const { oidc, publicUrl } = deps.config;
  const first = [
    firstData(teamQueries.team(), team),
    firstData(teamQueries.keys(), { keys }),
    firstData(teamQueries.tokens(), { tokens }),
    firstData(teamQueries.limits(), limits),
  ];
  return (
    <Hydrated first={first}>
      <TeamClient
        me={{ id: actor.id, role: actor.role }}
        issuing={issuing}
        oidc={oidc && { name: oidc.name, issuer: oidc.issuer, defaultRole: oidc.defaultRole }}
        publicUrl={publicUrl}
      />
    </Hydrated>
  );
}
