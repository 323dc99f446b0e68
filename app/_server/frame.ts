import "server-only";
import { controlDeps } from "#control/deps.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { organisationName } from "#control/settings/read.ts";
import { currentActor } from "./page-actor.ts";

/** What the shell of every signed-in page shows; null when nobody is signed in. */
export async function consoleFrame(): Promise<{ actor: PersonActor; organisation: string } | null> {
  const actor = await currentActor();
  return actor && { actor, organisation: await organisationName(await controlDeps()) };
}
