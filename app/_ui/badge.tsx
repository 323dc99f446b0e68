import type { ReactNode } from "react";

const tones = {
  neutral: "bg-sunken text-ink2",
  saved: "bg-savedsoft text-saved",
  warn: "bg-warnsoft text-warn",
  danger: "bg-dangersoft text-danger",
  accent: "bg-accentsoft text-accent",
} as const;

/** Short state beside a name. */
export function Badge({ tone = "neutral", children }: { tone?: keyof typeof tones; children: ReactNode }) {
  return (
    <span
      className={`inline-flex h-5 items-center whitespace-nowrap rounded-sm px-1.5 text-2xs font-medium ${tones[tone]}`}
    >
      {children}
    </span>
  );
}
