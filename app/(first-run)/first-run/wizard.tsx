import type { ReactNode } from "react";
import { Steps } from "#app/(auth)/setup/steps.tsx";
import { firstRunSteps } from "./step-names.ts";

/** Layout of a step: the choice at the left, its background at the right. */
export function Wizard({
  step,
  title,
  lead,
  children,
  aside,
}: {
  step: number;
  title: string;
  lead: string;
  children: ReactNode;
  aside: ReactNode;
}) {
  return (
    <div className="grid flex-1 grid-cols-1 lg:grid-cols-[minmax(0,1fr)_560px]">
      <main className="flex flex-col px-4 pb-4 lg:px-10 lg:pb-6 lg:pt-14">
        <div className="mx-auto w-full max-w-[600px] flex-1 py-6 lg:py-8">
          <Steps names={firstRunSteps} current={step} />
          <h1 className="text-lg font-semibold tracking-[-.015em]">{title}</h1>
          <p className="mb-5 mt-0.5 text-ink2">{lead}</p>
          {children}
        </div>
        <p className="text-xs text-ink3">Nothing you choose here is final: Settings and Rules change it later.</p>
      </main>
      <aside className="border-t border-line bg-sunken px-4 py-5 lg:border-l lg:border-t-0 lg:px-10 lg:pt-[88px]">
        {aside}
      </aside>
    </div>
  );
}

/** Block of machine text. */
export function MachineText({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <figure className="mb-3 overflow-hidden rounded-lg border border-line bg-surface">
      <figcaption className="flex min-h-10 items-center gap-2 border-b border-line px-3.5 text-xs text-ink2">
        {title}
        {note ? <span className="ml-auto">{note}</span> : null}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling block must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto p-3.5 font-mono text-xs leading-[19px]">
        {children}
      </pre>
    </figure>
  );
}
