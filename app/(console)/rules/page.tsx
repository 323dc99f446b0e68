import type { Metadata } from "next";
import { firstData, firstPage, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { currentRules } from "#control/rules/current.ts";
import { listBackups } from "#control/rules/list-backups.ts";
import { listVersions } from "#control/rules/list-versions.ts";
import { rulesAccess } from "#control/rules/rules-access.ts";
import { RulesClient } from "./client.tsx";
import { modelChoices } from "./model-choices.ts";
import { ruleQueries, VERSIONS_PER_PAGE } from "./queries.ts";
import { versionIn } from "./url.ts";

export const metadata: Metadata = { title: "Rules" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Live rules in match order, their versions, and the backups of the file. */
export default async function RulesPage({ searchParams }: { searchParams: Search }) {
  const rollBackTo = versionIn(await searchParams, "roll-back");
  const actor = await requireActor(rollBackTo === null ? paths.rules() : paths.rulesRollBack(rollBackTo));
  const deps = await controlDeps();
  const [current, versions, backups, access] = await Promise.all([
    currentRules(actor, deps),
    listVersions(actor, { limit: VERSIONS_PER_PAGE }, deps),
    listBackups(actor, deps),
    rulesAccess(actor, deps),
  ]);
  const first = [
    firstData(ruleQueries.current(), current),
    firstData(ruleQueries.versions(), firstPage(versions)),
    firstData(ruleQueries.backups(), { backups }),
  ];
  return (
    <Hydrated first={first}>
      <RulesClient access={access} models={modelChoices(deps.config.catalogue)} rollBackTo={rollBackTo} />
    </Hydrated>
  );
}
