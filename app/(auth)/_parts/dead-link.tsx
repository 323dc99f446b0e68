import type { ReactNode } from "react";
import { LinkButton } from "#app/_ui/button.tsx";
import { paths } from "#app/paths.ts";
import { AuthHead } from "./auth-head.tsx";

/** Page for a used or expired one-time link, with the way to get a new one. */
export function DeadLink({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <AuthHead title={title} />
      <div className="space-y-3 text-ink2">{children}</div>
      <div className="mt-6">
        <LinkButton href={paths.signIn()}>Go to sign-in</LinkButton>
      </div>
    </>
  );
}
