import "server-only";
import { countFiring } from "#control/alerts/list.ts";
import { controlDeps } from "#control/deps.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { organisationName, reportingZone } from "#control/settings/read.ts";
import { may } from "#core/access/permissions.ts";
import { currentActor } from "./page-actor.ts";

interface Frame {
  actor: PersonActor;
  organisation: string;
  zone: string;
  /** Number of alerts that wait for a person; null for those who may not read alerts. */
  alerts: { firing: number } | null;
}

/** Data of the shell around every signed-in page; null without a sign-in. */
export async function consoleFrame(): Promise<Frame | null> {
  const actor = await currentActor();
  if (!actor) return null;
  const deps = await controlDeps();
  const [organisation, zone, alerts] = await Promise.all([
    organisationName(deps),
    reportingZone(deps),
    may(actor, "alerts.read") ? countFiring(actor, deps) : null,
  ]);
  return { actor, organisation, zone, alerts };
}
