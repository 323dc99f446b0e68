import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { makeQueryClient } from "#app/_data/query-client.ts";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { currentRules } from "#control/rules/current.ts";
import { listBackups } from "#control/rules/list-backups.ts";
import { listVersions } from "#control/rules/list-versions.ts";
import { rulesAccess } from "#control/rules/rules-access.ts";
import { RulesClient } from "./client.tsx";
import { modelChoices } from "./model-choices.ts";
import { ruleQueries, versionsPerPage } from "./queries.ts";
import { versionIn } from "./url.ts";

export const metadata: Metadata = { title: "Rules" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Rules page. */
export default async function RulesPage({ searchParams }: { searchParams: Search }) {
  const actor = await requireActor(paths.rules());
  const deps = await controlDeps();
  const client = makeQueryClient();
  const [current, versions, backups, access] = await Promise.all([
    currentRules(actor, deps),
    listVersions(actor, { limit: versionsPerPage }, deps),
    listBackups(actor, deps),
    rulesAccess(actor, deps),
  ]);
  client.setQueryData(ruleQueries.current().queryKey, current);
  client.setQueryData(ruleQueries.versions().queryKey, { pages: [versions], pageParams: [null] });
  client.setQueryData(ruleQueries.backups().queryKey, { backups });
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <RulesClient
        access={access}
        models={modelChoices(deps.config.catalogue)}
        rollBackTo={versionIn(await searchParams, "roll-back")}
      />
    </HydrationBoundary>
  );
}
