import type { ReactNode } from "react";

/** Sticky foot of a long dialog. */
export const DialogFoot = ({ children }: { children: ReactNode }) => (
  <div className="sticky -bottom-4 -mx-5 -mb-4 mt-5 flex flex-wrap items-center justify-end gap-2 border-t border-line bg-surface px-5 py-3">
    {children}
  </div>
);
