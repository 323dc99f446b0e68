import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { controlDeps } from "#control/deps.ts";
import { compareVersions } from "#control/rules/compare-versions.ts";
import { listVersions } from "#control/rules/list-versions.ts";
import { showVersion } from "#control/rules/show-version.ts";
import { may } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { CHOICES_MAX, ruleQueries } from "../../queries.ts";
import { otherVersion, readVersionView, versionAddress, versionIn } from "../../url.ts";
import { VersionClient } from "./client.tsx";

type Params = Promise<{ version: string }>;
type Search = Promise<Record<string, string | string[] | undefined>>;

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  return { title: `Rules v${(await params).version}` };
}

/** Page of one version: text, person, comment, and differences to another version. */
export default async function VersionPage({ params, searchParams }: { params: Params; searchParams: Search }) {
  const [named, search] = await Promise.all([params, searchParams]);
  const number = versionIn(named, "version");
  if (number === null) notFound();
  const view = readVersionView(search);
  const actor = await requireActor(versionAddress(number, view));
  const deps = await controlDeps();
  const [version, choices] = await Promise.all([
    orNotFound(showVersion(actor, number, deps)),
    listVersions(actor, { limit: CHOICES_MAX }, deps),
  ]);
  const first = [firstData(ruleQueries.version(number), version), firstData(ruleQueries.choices(), choices)];
  const other = otherVersion(number, view, choices.versions);
  if (other !== null) {
    const comparison = await orNotFound(compareVersions(actor, other, number, deps));
    first.push(firstData(ruleQueries.compare(other, number), comparison));
  }
  return (
    <Hydrated first={first}>
      <VersionClient number={number} mayRollBack={may(actor, "rules.roll-back")} />
    </Hydrated>
  );
}

async function orNotFound<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") notFound();
    throw error;
  }
}
