import type { Metadata } from "next";
import { controlDeps } from "#control/deps.ts";
import { findPasswordReset } from "#control/team/reset-password.ts";
import { AuthHead } from "../../_parts/auth-head.tsx";
import { DeadLink } from "../../_parts/dead-link.tsx";
import { ResetForm } from "./client.tsx";

export const metadata: Metadata = { title: "New password" };

/** Page behind a reset link: a new password, or why the link is dead. */
export default async function ResetPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const reset = await findPasswordReset(token, await controlDeps());
  if (!reset) {
    return (
      <DeadLink title="This reset link is not valid any more">
        <p>A reset link works once, for one hour. Your old password still works until a new one is set.</p>
        <p>Ask an admin of this installation for a new link.</p>
      </DeadLink>
    );
  }
  return (
    <>
      <AuthHead title="Choose a new password">
        You will be signed out everywhere, and your access tokens will be revoked.
      </AuthHead>
      <ResetForm token={token} email={reset.email} />
    </>
  );
}
