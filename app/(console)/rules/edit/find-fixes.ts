import { nameReplacer, type TextChange } from "#config/replace-name.ts";
import { LineMap } from "#config/toml-mistake.ts";
import type { Problem } from "#core/rules/rule-set.ts";

/** Problem codes whose fix is the name to write instead. */
const fixable = new Set(["unknown-target", "dotted-target", "retired-target", "retiring-target", "unknown-source"]);

/**
 * Finds the changes that fix the problems of a text. Each replaces a name by the one that was proposed and changes
 * nothing else. A problem without such changes is not in the result, also one that is not of this text.
 */
export function findFixes(text: string, problems: readonly Problem[]): ReadonlyMap<Problem, readonly TextChange[]> {
  const fixes = new Map<Problem, readonly TextChange[]>();
  const proposed = problems.filter(({ code, fix }) => fix !== null && fixable.has(code));
  if (proposed.length === 0) return fixes;
  const lines = new LineMap(text);
  const replace = nameReplacer(text);
  for (const problem of proposed) {
    const start = lines.findOffset(problem.line, problem.column);
    const end = lines.findOffset(problem.endLine, problem.endColumn);
    const changes = problem.fix === null ? null : replace({ start, end }, problem.fix);
    if (changes !== null) fixes.set(problem, changes);
  }
  return fixes;
}
