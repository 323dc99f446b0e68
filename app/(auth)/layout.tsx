import type { ReactNode } from "react";
import { Mark } from "#app/_ui/icon.tsx";
import { LedgerArt } from "./_parts/ledger-art.tsx";

/** Layout of the pages before sign-in. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <main className="flex flex-col px-5 py-6 sm:px-10">
        <div className="flex items-center gap-2.5">
          <Mark />
          <span className="text-base font-semibold tracking-[-.01em]">CCO</span>
        </div>
        <div className="mx-auto flex w-full max-w-[380px] flex-1 flex-col justify-center py-10">{children}</div>
        <p className="text-xs text-ink3">The control plane for a team’s Claude Code traffic.</p>
      </main>
      <div className="hidden items-center justify-center border-l border-line bg-sunken px-10 lg:flex">
        <LedgerArt />
      </div>
    </div>
  );
}
