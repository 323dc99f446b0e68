import "server-only";
import { controlDeps } from "#control/deps.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { organisationName, reportingZone } from "#control/settings/read.ts";
import { currentActor } from "./page-actor.ts";

/** Data of the shell around every signed-in page; null without a sign-in. */
export async function consoleFrame(): Promise<{ actor: PersonActor; organisation: string; zone: string } | null> {
  const actor = await currentActor();
  if (!actor) return null;
  const deps = await controlDeps();
  const [organisation, zone] = await Promise.all([organisationName(deps), reportingZone(deps)]);
  return { actor, organisation, zone };
}
