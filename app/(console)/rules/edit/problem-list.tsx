import { Icon } from "#app/_ui/icon.tsx";
import type { Problem } from "#core/rules/rule-set.ts";

interface Props {
  problems: readonly Problem[];
  /** Those whose fix can be applied. */
  fixable: ReadonlyMap<Problem, unknown>;
  isReadOnly: boolean;
  onGoTo: (problem: Problem) => void;
  onFix: (problem: Problem) => void;
}

/** Problems of the text, errors first; a click leads to the position. */
export function ProblemList({ problems, fixable, isReadOnly, onGoTo, onFix }: Props) {
  if (problems.length === 0) {
    return (
      <p className="flex items-center gap-2 px-4 py-2 text-xs text-ink2">
        <span className="text-saved">
          <Icon name="check" className="size-3.5" />
        </span>
        No problems
      </p>
    );
  }
  return (
    <ul className="max-h-28 overflow-y-auto lg:max-h-44 py-1">
      {problems.map((problem) => (
        <li
          key={`${problem.code} ${problem.line}:${problem.column} ${problem.message}`}
          className="flex items-start gap-1 px-2 hover:bg-sunken"
        >
          <button
            type="button"
            onClick={() => onGoTo(problem)}
            className="flex min-h-7 min-w-0 flex-1 items-start gap-2 px-2 py-1 text-left text-xs"
          >
            <span className={`mt-0.5 ${problem.severity === "error" ? "text-danger" : "text-warn"}`}>
              <Icon name={problem.severity} className="size-3.5" />
            </span>
            <span className="tn shrink-0 font-mono text-2xs leading-[18px] text-ink3">
              {problem.line}:{problem.column}
            </span>
            <span className="sr-only">{problem.severity}: </span>
            <span className="min-w-0 wrap-anywhere">{problem.message}</span>
          </button>
          {problem.fix !== null && fixable.has(problem) && !isReadOnly ? (
            <button
              type="button"
              onClick={() => onFix(problem)}
              className="min-h-7 shrink-0 rounded-md px-2 font-mono text-2xs font-medium text-accent hover:bg-surface"
            >
              Use {problem.fix.replace(/^claude-/, "")}
            </button>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
