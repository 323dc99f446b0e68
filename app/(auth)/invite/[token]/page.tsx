import type { Metadata } from "next";
import { roleWords } from "#app/_data/role-words.ts";
import { controlDeps } from "#control/deps.ts";
import { organisationName } from "#control/settings/read.ts";
import { findInvite } from "#control/team/accept-invite.ts";
import { AuthHead } from "../../_parts/auth-head.tsx";
import { DeadLink } from "../../_parts/dead-link.tsx";
import { AcceptInviteForm } from "./client.tsx";

export const metadata: Metadata = { title: "Invitation" };

/** Invitation page. Viewing it changes nothing; the form's button accepts. */
export default async function InvitePage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const deps = await controlDeps();
  const invite = await findInvite(token, deps);
  if (!invite) {
    return (
      <DeadLink title="This invitation is not valid any more">
        <p>
          An invitation works once and for three days, and the person who sent it can withdraw it. It ends when that
          person may no longer invite.
        </p>
        <p>If you have accepted it already, sign in. Otherwise ask the admin who invited you for a new link.</p>
      </DeadLink>
    );
  }
  const organisation = await organisationName(deps);
  return (
    <>
      <AuthHead title={organisation ? `Join ${organisation}` : "Accept your invitation"}>
        Your role will be {roleWords[invite.role].label.toLowerCase()}. {roleWords[invite.role].may}.
      </AuthHead>
      <AcceptInviteForm token={token} email={invite.email} name={invite.name ?? ""} role={invite.role} />
    </>
  );
}
