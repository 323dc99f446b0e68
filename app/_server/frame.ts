import "server-only";
import { controlDeps } from "#control/deps.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { organisationName } from "#control/settings/read.ts";
import { requireActor } from "./page-actor.ts";

/** What the shell of every signed-in page shows. */
export async function consoleFrame(): Promise<{ actor: PersonActor; organisation: string }> {
  const actor = await requireActor();
  return { actor, organisation: await organisationName(await controlDeps()) };
}
