import type { Metadata } from "next";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { Page } from "#app/_ui/page.tsx";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { showIssuingPolicy } from "#control/keys/issuing-policy.ts";
import { listOwnSessions } from "#control/session/sessions.ts";
import { readAbout } from "#control/settings/about.ts";
import { organisationName, readZone } from "#control/settings/read.ts";
import { hasOwnPassword } from "#control/team/change-own-password.ts";
import { scopesFor } from "#control/tokens/issue.ts";
import { listOwnTokens } from "#control/tokens/list.ts";
import { may } from "#core/access/permissions.ts";
import { AboutPanel } from "./about-panel.tsx";
import { DisplayPanel } from "./display-panel.tsx";
import { IssuingPanel } from "./issuing-panel.tsx";
import { OrganisationPanel } from "./organisation-panel.tsx";
import { PasswordPanel } from "./password-panel.tsx";
import { SessionsPanel } from "./sessions-panel.tsx";
import { TokensPanel } from "./tokens-panel.tsx";

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
  const [about, issuing] = await Promise.all([
    mayRead ? readAbout(actor, deps) : null,
    mayRead ? showIssuingPolicy(actor, deps) : null,
  ]);
  return (
    <Page title="Settings">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-2 lg:gap-4">
        <div className="space-y-3 lg:space-y-4">
          <OrganisationPanel
            initial={{ organisation, reportingZone: zone.reportingZone }}
            zone={zone}
            fixedZone={deps.config.reportingZone}
            why={why}
          />
          <PasswordPanel email={actor.email} hasPassword={hasPassword} />
          <DisplayPanel />
        </div>
        <div className="space-y-3 lg:space-y-4">
          <SessionsPanel initialSessions={{ sessions }} />
          <TokensPanel
            initialTokens={{ tokens }}
            scopes={scopesFor(actor.role)}
            role={actor.role}
            publicUrl={deps.config.publicUrl}
          />
        </div>
      </div>
      {issuing ? <IssuingPanel initial={issuing} /> : null}
      {about ? <AboutPanel initial={about} /> : null}
    </Page>
  );
}
