import { formatCount } from "#core/report/format.ts";
import type { Problem } from "#core/rules/rule-set.ts";
import type { LineMap, Span } from "./toml-mistake.ts";

/** Maximum number of problems; a broken file of 10,000 rules would otherwise produce megabytes. */
const PROBLEMS_MAX = 500;

/** Collector of problems in a text, with their positions. */
export class ProblemList {
  readonly problems: Problem[] = [];
  /** Errors so far, those included that are not listed. */
  errorCount = 0;
  /** Errors in the form of a table whose content was read all the same. */
  misshapenCount = 0;
  private dropped = 0;

  constructor(private readonly lines: LineMap) {}

  add(severity: Problem["severity"], span: Span, code: string, message: string, fix: string | null = null): void {
    if (severity === "error") this.errorCount++;
    if (this.problems.length >= PROBLEMS_MAX && severity === "warning") this.dropped++;
    else if (this.problems.length >= 2 * PROBLEMS_MAX) this.dropped++;
    else this.problems.push({ severity, ...this.lines.locate(span), code, message, fix });
  }

  /** Whether another warning would not be listed: then its words need not be found. */
  get isFull(): boolean {
    return this.problems.length >= PROBLEMS_MAX;
  }

  /** Counts a warning that is not listed. */
  drop(): void {
    this.dropped++;
  }

  findLine(span: Span): number {
    return this.lines.findLine(span.start);
  }

  get hasErrors(): boolean {
    return this.errorCount > 0;
  }

  /** Returns the problems in the order of the text. */
  sorted(): Problem[] {
    const sorted = [...this.problems].sort((a, b) => a.line - b.line || a.column - b.column);
    const last = sorted.at(-1);
    if (last && this.dropped > 0) {
      sorted.push({
        ...last,
        severity: "warning",
        code: "more",
        message: `${formatCount(this.dropped)} more problems are not listed.`,
        fix: null,
      });
    }
    return sorted;
  }
}
