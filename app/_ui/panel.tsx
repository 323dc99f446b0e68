import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** Bordered surface. With a title it is a labelled section. */
export function Panel({
  title,
  aside,
  children,
  className,
  flush,
  id,
}: {
  title?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  flush?: boolean;
  /** What an address may lead to. */
  id?: string;
}) {
  return (
    <section id={id} className={cx("scroll-mt-4 overflow-hidden rounded-lg border border-line bg-surface", className)}>
      {title ? (
        <div className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-2 lg:px-5">
          <h2 className="font-semibold">{title}</h2>
          {aside ? <div className="ml-auto flex items-center gap-2 text-xs">{aside}</div> : null}
        </div>
      ) : null}
      <div className={flush ? "" : "px-4 pb-4 pt-2 lg:px-5"}>{children}</div>
    </section>
  );
}
