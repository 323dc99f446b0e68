"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "#app/_ui/button.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Page } from "#app/_ui/page.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { InvitesPanel } from "./invites-panel.tsx";
import { KeysPanel } from "./keys-panel.tsx";
import { LimitsPanel } from "./limits-panel.tsx";
import type { Me, OidcFacts } from "./page-facts.ts";
import { PeoplePanel } from "./people-panel.tsx";
import { type OwnIssuingView, teamQueries } from "./queries.ts";
import { SignInPanel } from "./sign-in-panel.tsx";
import { TokensPanel } from "./tokens-panel.tsx";

interface Props {
  me: Me;
  /** Keys the reader may issue. */
  issuing: OwnIssuingView;
  oidc: OidcFacts | null;
  publicUrl: string | null;
}

/** Team: people, invitations, limits, proxy keys, access tokens and sign-in methods. */
export function TeamClient({ me, issuing, oidc, publicUrl }: Props) {
  const team = useSuspenseQuery(teamQueries.team());
  const keys = useSuspenseQuery(teamQueries.keys());
  const tokens = useSuspenseQuery(teamQueries.tokens());
  const limits = useSuspenseQuery(teamQueries.limits());
  const [isInviting, setInviting] = useState(false);
  return (
    <Page
      title="Team"
      actions={
        <Button look="solid" onClick={() => setInviting(true)}>
          <Icon name="plus" className="size-3.5" />
          Invite
        </Button>
      }
    >
      {team.error ? (
        <ErrorCard
          title="The list of people is out of date"
          message={team.error.message}
          onRetry={() => void team.refetch()}
        />
      ) : null}
      {limits.error ? (
        <ErrorCard
          title="The limits are out of date"
          message={limits.error.message}
          onRetry={() => void limits.refetch()}
        />
      ) : null}
      <PeoplePanel people={team.data.people} limits={limits.data} me={me} publicUrl={publicUrl} />
      <LimitsPanel view={limits.data} />
      <InvitesPanel
        invites={team.data.invites}
        me={me}
        hasOthers={team.data.people.length > 1}
        onInvite={() => setInviting(true)}
      />
      <KeysPanel keys={keys.data.keys} people={team.data.people} limits={limits.data} issuing={issuing} />
      <TokensPanel tokens={tokens.data.tokens} me={me} />
      <SignInPanel oidc={oidc} />
      {isInviting ? <InviteDialog onClose={() => setInviting(false)} me={me} publicUrl={publicUrl} /> : null}
    </Page>
  );
}
