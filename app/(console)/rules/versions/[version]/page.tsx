import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { compareVersions } from "#control/rules/compare-versions.ts";
import { listVersions } from "#control/rules/list-versions.ts";
import { showVersion } from "#control/rules/show-version.ts";
import { may } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { diffViewIn, versionIn } from "../../url.ts";
import { VersionClient } from "./client.tsx";

type Params = Promise<{ version: string }>;
type Search = Promise<Record<string, string | string[] | undefined>>;

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  return { title: `Rules v${(await params).version}` };
}

/** Page of one version: text, person, comment, and differences to another version. */
export default async function VersionPage({ params, searchParams }: { params: Params; searchParams: Search }) {
  const [{ version }, search] = await Promise.all([params, searchParams]);
  const number = versionIn({ version }, "version");
  if (number === null) notFound();
  const actor = await requireActor(paths.ruleVersion(number));
  const deps = await controlDeps();
  const found = await orNotFound(showVersion(actor, number, deps));
  const others = await listVersions(actor, { limit: 200 }, deps);
  const choices = others.versions.filter((other) => other.number !== number);
  const wanted = versionIn(search, "with") ?? before(number, choices);
  const comparison =
    wanted === null || wanted === number ? null : await orNotFound(compareVersions(actor, wanted, number, deps));
  return (
    <VersionClient
      version={found}
      choices={choices}
      comparison={comparison}
      view={diffViewIn(search)}
      mayRollBack={may(actor, "rules.roll-back")}
    />
  );
}

/** Previous version; for the first one, the next. */
const before = (number: number, choices: readonly { number: number }[]): number | null =>
  choices.find((other) => other.number < number)?.number ?? choices.at(-1)?.number ?? null;

async function orNotFound<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") notFound();
    throw error;
  }
}
