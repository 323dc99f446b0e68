import { cx } from "#app/_ui/cx.ts";
import type { TestOutcome } from "./queries.ts";
import { testWords } from "./use-channel-tests.ts";

/** Outcome of a test message below its channel, announced when it is there. Short because two sheets show it. */
export function TestResult({ outcome }: { outcome: TestOutcome | "running" | undefined }) {
  return (
    <span role="status" className="block text-xs">
      {outcome === undefined ? null : (
        <span className={cx("wrap-anywhere", findColour(outcome))}>{testWords(outcome)}</span>
      )}
    </span>
  );
}

function findColour(outcome: TestOutcome | "running"): string {
  if (outcome === "running") return "text-ink3";
  if (outcome.isSent) return "text-saved";
  return outcome.isInPart ? "text-warn" : "text-danger";
}
