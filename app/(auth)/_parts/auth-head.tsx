import type { ReactNode } from "react";

/** Heading of a page before sign-in, with the sentence below it. */
export function AuthHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="mb-6">
      <h1 className="text-[1.375rem] font-semibold leading-8 tracking-[-.02em]">{title}</h1>
      {children ? <div className="mt-1 text-ink2">{children}</div> : null}
    </div>
  );
}
