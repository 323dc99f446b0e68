import type { RuleChange } from "#core/rules/compare.ts";

const marks = {
  added: { sign: "+", look: "bg-savedsoft text-saved" },
  removed: { sign: "−", look: "bg-dangersoft text-danger" },
  changed: { sign: "~", look: "bg-accentsoft text-accent" },
  moved: { sign: "↕", look: "bg-sunken text-ink2" },
  setting: { sign: "⚙", look: "bg-sunken text-ink2" },
} as const;

/** Differences in meaning, one sentence each. */
export function ChangeList({ changes, hasTextChanges }: { changes: readonly RuleChange[]; hasTextChanges: boolean }) {
  if (changes.length === 0) {
    return (
      <p className="text-ink2">
        {hasTextChanges
          ? "The rules mean the same. Only comments, spacing or the order of the text differ."
          : "No difference."}
      </p>
    );
  }
  return (
    <ul className="space-y-1.5">
      {changes.map((change) => (
        <li key={`${change.kind} ${change.text}`} className="flex items-start gap-2.5">
          <span
            aria-hidden="true"
            className={`mt-px flex size-5 shrink-0 items-center justify-center rounded-sm font-mono text-xs ${marks[change.kind].look}`}
          >
            {marks[change.kind].sign}
          </span>
          <span className="sr-only">{change.kind}: </span>
          <span className="min-w-0 break-words">{change.text}</span>
        </li>
      ))}
    </ul>
  );
}
