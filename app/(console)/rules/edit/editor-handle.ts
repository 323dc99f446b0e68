import type { Problem } from "#core/rules/rule-set.ts";
import type { CompletionNames } from "./completions.ts";

export interface CodeEditorProps {
  initialText: string;
  /** Line to begin at. */
  line: number | null;
  isReadOnly: boolean;
  nonce: string | null;
  names: CompletionNames;
  problems: readonly Problem[];
  onChange: (text: string) => void;
  onSubmit: () => void;
  onReady: (handle: EditorHandle) => void;
}

/** Operations on the editor for the page. */
export interface EditorHandle {
  goTo(line: number, column: number): void;
  /** Replaces the text in one undo step. */
  replaceAll(text: string): void;
  append(text: string): void;
  /** Applies the fix that a problem proposes, if the text still has the name it is about. */
  fix(problem: Problem): void;
}
