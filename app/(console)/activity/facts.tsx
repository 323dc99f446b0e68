import type { ReactNode } from "react";

/** Titled section of the sheet. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="space-y-2 px-4 py-4 sm:px-5">
      <div className="flex items-baseline gap-2">
        <h3 className="font-semibold">{title}</h3>
        {aside ? <span className="ml-auto text-xs text-ink3">{aside}</span> : null}
      </div>
      {children}
    </section>
  );
}

export const Facts = ({ children }: { children: ReactNode }) => (
  <dl className="grid grid-cols-[minmax(96px,auto)_minmax(0,1fr)] gap-x-4 gap-y-1">{children}</dl>
);

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink3">{label}</dt>
      <dd className="tn min-w-0 break-words">{children}</dd>
    </>
  );
}
