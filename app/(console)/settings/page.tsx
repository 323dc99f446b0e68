import type { Metadata } from "next";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { listOwnBackups } from "#control/backup/own-backups.ts";
import { controlDeps } from "#control/deps.ts";
import { showIssuingPolicy } from "#control/keys/issuing-policy.ts";
import { listOwnSessions } from "#control/session/sessions.ts";
import { readAbout } from "#control/settings/about.ts";
import { organisationName, readZone } from "#control/settings/read.ts";
import { hasOwnPassword } from "#control/team/change-own-password.ts";
import { scopesFor } from "#control/tokens/issue.ts";
import { listOwnTokens } from "#control/tokens/list.ts";
import { may } from "#core/access/permissions.ts";
import { SettingsClient } from "./client.tsx";
import { settingsQueries } from "./queries.ts";

export const metadata: Metadata = { title: "Settings" };

/** Settings page: installation, person, and running instances. */
export default async function SettingsPage() {
  const actor = await requireActor(paths.settings());
  const deps = await controlDeps();
  const [why, organisation, zone, tokens, sessions, hasPassword] = await Promise.all([
    whyNot(actor, "settings.change", deps),
    organisationName(deps),
    readZone(deps),
    listOwnTokens(actor, deps),
    listOwnSessions(actor, deps),
    hasOwnPassword(actor, deps),
  ]);
  const mayRead = may(actor, "settings.read");
  const mayBackUp = may(actor, "backup.make");
  const [about, issuing, backups] = await Promise.all([
    mayRead ? readAbout(actor, deps) : null,
    mayRead ? showIssuingPolicy(actor, deps) : null,
    // Optional list of backups: an unanswered bucket or an unreadable folder must not hold up the page. The panel says
    // so.
    mayBackUp && deps.config.backups.bucket === null ? listOwnBackups(actor, deps).catch(() => null) : null,
  ]);
  const first = [
    firstData(settingsQueries.tokens(), { tokens }),
    firstData(settingsQueries.sessions(), { sessions }),
    ...(about ? [firstData(settingsQueries.about(), about)] : []),
    ...(backups ? [firstData(settingsQueries.backups(), backups)] : []),
    ...(issuing ? [firstData(settingsQueries.issuing(), issuing)] : []),
  ];
  return (
    <Hydrated first={first}>
      <SettingsClient
        person={{ email: actor.email, role: actor.role, hasPassword }}
        organisation={organisation}
        zone={zone}
        fixedZone={deps.config.reportingZone}
        why={why}
        mayRead={mayRead}
        mayBackUp={mayBackUp}
        scopes={scopesFor(actor.role)}
        publicUrl={deps.config.publicUrl}
      />
    </Hydrated>
  );
}
