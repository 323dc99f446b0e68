import type { ReactNode } from "react";
import { LinkButton } from "#app/_ui/button.tsx";
import { Mark } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { paths } from "#app/paths.ts";

/**
 * Frame of pages that need neither a sign-in nor the database. A developer without an account gets here from a refusal.
 */
export default function HelpLayout({ children }: { children: ReactNode }) {
  return (
    <div className="mx-auto min-h-dvh max-w-[760px] px-4 pb-16 sm:px-6">
      <header className="flex h-16 items-center gap-2.5">
        <Link href={paths.errors()} className="flex items-center gap-2.5 rounded-md">
          <Mark />
          <span className="text-base font-semibold tracking-[-.01em]">CCO</span>
          <span className="text-ink3">Errors</span>
        </Link>
        <div className="ml-auto">
          <LinkButton href={paths.overview()}>Open the console</LinkButton>
        </div>
      </header>
      <main>{children}</main>
    </div>
  );
}
