import { Icon } from "#app/_ui/icon.tsx";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import type { RuleTestResult } from "#core/rules/run-rule-tests.ts";

/** Results of the text's tests: failing ones in full, passing ones folded behind their count. */
export function TestResults({ tests, isReadable }: { tests: readonly RuleTestResult[]; isReadable: boolean }) {
  const failed = tests.filter((result) => !result.ok);
  const passed = tests.filter((result) => result.ok);
  if (!isReadable) return <p className="text-xs text-ink3">Tests run when the text has no errors.</p>;
  if (tests.length === 0) {
    return (
      <p className="text-xs text-ink3">
        No tests yet. Add a <span className="font-mono">[[test]]</span> below the rules.
      </p>
    );
  }
  return (
    <div className="space-y-1.5 text-xs">
      {failed.length > 0 ? (
        <ul className="space-y-1">
          {failed.map((result) => (
            <Result key={result.test.line} result={result} />
          ))}
        </ul>
      ) : null}
      {passed.length > 0 ? (
        <details>
          <summary className="min-h-6 text-saved">
            {formatCounted(passed.length, "test")} {pluralize(passed.length, "passes", "pass")}
          </summary>
          <ul className="mt-1 space-y-1">
            {passed.map((result) => (
              <Result key={result.test.line} result={result} />
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

const Result = ({ result }: { result: RuleTestResult }) => (
  <li className="flex items-start gap-2">
    <span className={`mt-0.5 ${result.ok ? "text-saved" : "text-danger"}`}>
      <Icon name={result.ok ? "check" : "x"} className="size-3.5" />
    </span>
    <span className="sr-only">{result.ok ? "passes" : "fails"}: </span>
    <span className="min-w-0 break-words">{result.sentence}</span>
  </li>
);
