import type { ReactNode } from "react";
import { Mark } from "./icon.tsx";

/** Frame of every console page: sticky head with title and actions, content of at most 1240 px. */
export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <>
      <header className="sticky top-0 z-10 flex h-14 items-center gap-2 border-b border-line bg-bg px-4 lg:px-7">
        <span className="lg:hidden">
          <Mark />
        </span>
        <h1 className="truncate text-lg font-semibold tracking-[-.015em]">{title}</h1>
        <div className="ml-auto flex items-center gap-2">{actions}</div>
      </header>
      <div className="mx-auto max-w-[1240px] space-y-3 px-4 py-4 lg:space-y-4 lg:px-7 lg:py-5">{children}</div>
    </>
  );
}
