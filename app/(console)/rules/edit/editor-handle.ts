import type { Problem } from "#core/rules/rule-set.ts";

/** What the page may ask of the editor. */
export interface EditorHandle {
  goTo(line: number, column: number): void;
  /** One step that ⌘Z takes back. */
  replaceAll(text: string): void;
  append(text: string): void;
  /** Writes what a problem proposes in place of what it is about. */
  fix(problem: Problem): void;
}
