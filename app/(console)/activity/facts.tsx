import type { ReactNode } from "react";
import { cx } from "#app/_ui/cx.ts";

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

/** Head of a column in a table of the sheet; `figure`: the column has figures. */
export const Head = ({ figure, children }: { figure?: boolean; children: ReactNode }) => (
  <th scope="col" className={cx("whitespace-nowrap py-1 font-normal not-first:pl-2", figure && "text-right")}>
    {children}
  </th>
);

export const Facts = ({ children }: { children: ReactNode }) => (
  <dl className="grid grid-cols-[minmax(96px,auto)_minmax(0,1fr)] gap-x-4 gap-y-1">{children}</dl>
);

/** One line of a `<dl>` of facts: its name and its value. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink3">{label}</dt>
      <dd className="tn min-w-0 break-words">{children}</dd>
    </>
  );
}
