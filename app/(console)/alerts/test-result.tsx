import { cx } from "#app/_ui/cx.ts";
import type { TestOutcome } from "./queries.ts";
import { testWords } from "./use-channel-tests.ts";

/** Outcome of a test message below its channel, announced when it is there. Short because two sheets show it. */
export function TestResult({ outcome }: { outcome: TestOutcome | "running" | undefined }) {
  return (
    <span role="status" className="block text-xs">
      {outcome === undefined ? null : (
        <span
          className={cx(
            "wrap-anywhere",
            outcome === "running" ? "text-ink3" : outcome.isSent ? "text-saved" : "text-danger",
          )}
        >
          {testWords(outcome)}
        </span>
      )}
    </span>
  );
}
