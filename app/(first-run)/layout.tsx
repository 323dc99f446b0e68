import type { ReactNode } from "react";
import { consoleFrame } from "#app/_server/frame.ts";
import { Mark } from "#app/_ui/icon.tsx";

/** Layout between the first account and the first request: two columns, no navigation. */
export default async function FirstRunLayout({ children }: { children: ReactNode }) {
  const frame = await consoleFrame();
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center gap-2.5 px-4 pt-4 lg:absolute lg:left-0 lg:right-[560px] lg:px-10 lg:pt-6">
        <Mark />
        <span className="text-base font-semibold tracking-[-.01em]">CCO</span>
        {frame ? (
          <span className="ml-auto text-xs text-ink2">
            Signed in as {frame.actor.name}, {frame.actor.role}
          </span>
        ) : null}
      </header>
      {children}
    </div>
  );
}
