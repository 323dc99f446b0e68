"use client";

import { Page } from "#app/_ui/page.tsx";
import type { Scope } from "#core/access/scopes.ts";
import { AboutPanel } from "./about-panel.tsx";
import { BackupsPanel } from "./backups-panel.tsx";
import { DisplayPanel } from "./display-panel.tsx";
import { IssuingPanel } from "./issuing-panel.tsx";
import { OrganisationPanel } from "./organisation-panel.tsx";
import { PasswordPanel } from "./password-panel.tsx";
import type { SettingsView } from "./queries.ts";
import { SessionsPanel } from "./sessions-panel.tsx";
import { TokensPanel } from "./tokens-panel.tsx";

interface Props {
  person: { email: string; role: string; hasPassword: boolean };
  organisation: string;
  zone: Pick<SettingsView, "reportingZone" | "zoneInForce" | "zoneChange">;
  /** The reporting zone the operator has fixed; null: it is changed here. */
  fixedZone: string | null;
  /** Why the person may not change the organisation's settings; null: they may. */
  why: string | null;
  /** The person may read the issuing policy and the running instances. */
  mayRead: boolean;
  mayBackUp: boolean;
  /** Scopes that contain any permission of the person's role. */
  scopes: readonly Scope[];
  publicUrl: string | null;
}

/** Settings: installation, person, and running instances. */
export function SettingsClient({
  person,
  organisation,
  zone,
  fixedZone,
  why,
  mayRead,
  mayBackUp,
  scopes,
  publicUrl,
}: Props) {
  return (
    <Page title="Settings">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-2 lg:gap-4">
        <div className="space-y-3 lg:space-y-4">
          <OrganisationPanel
            initial={{ organisation, reportingZone: zone.reportingZone }}
            zone={zone}
            fixedZone={fixedZone}
            why={why}
          />
          <PasswordPanel email={person.email} hasPassword={person.hasPassword} />
          <DisplayPanel />
        </div>
        <div className="space-y-3 lg:space-y-4">
          <SessionsPanel />
          <TokensPanel scopes={scopes} role={person.role} publicUrl={publicUrl} />
        </div>
      </div>
      {mayRead ? (
        <>
          <IssuingPanel />
          {mayBackUp ? <BackupsPanel /> : null}
          <AboutPanel />
        </>
      ) : null}
    </Page>
  );
}
