import type { ReactNode, TdHTMLAttributes, ThHTMLAttributes } from "react";
import { cx } from "./cx.ts";

/** Table in a panel: rows of 37 px, figures to the right. Scrolls sideways on narrow screens. */
export function Table({
  label,
  head,
  children,
  className,
}: {
  label: string;
  head: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table className={cx("tn w-full text-left", className)}>
        <caption className="sr-only">{label}</caption>
        <thead className="text-xs text-ink3">
          <tr className="border-b border-line">{head}</tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </section>
  );
}

type Align = { figure?: boolean };
/** Rows of 33 px, for long lists. */
type Density = { dense?: boolean };

export function Th({ figure, className, ...rest }: Align & ThHTMLAttributes<HTMLTableCellElement>) {
  return (
    <th
      scope="col"
      {...rest}
      className={cx(
        "whitespace-nowrap px-2 py-1.5 font-normal first:pl-4 last:pr-4 lg:first:pl-5 lg:last:pr-5",
        figure && "text-right",
        className,
      )}
    />
  );
}

export function Td({ figure, dense, className, ...rest }: Align & Density & TdHTMLAttributes<HTMLTableCellElement>) {
  return (
    <td
      {...rest}
      className={cx(
        "px-2 first:pl-4 last:pr-4 lg:first:pl-5 lg:last:pr-5",
        dense ? "py-1" : "py-2",
        figure && "text-right",
        className,
      )}
    />
  );
}
