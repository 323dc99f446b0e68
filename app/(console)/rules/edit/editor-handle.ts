import type { Problem } from "#core/rules/rule-set.ts";

/** Operations on the editor for the page. */
export interface EditorHandle {
  goTo(line: number, column: number): void;
  /** Replaces the text in one undo step. */
  replaceAll(text: string): void;
  append(text: string): void;
  /** Applies the fix that a problem proposes. */
  fix(problem: Problem): void;
}
