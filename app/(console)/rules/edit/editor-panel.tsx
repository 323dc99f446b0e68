"use client";

import dynamic from "next/dynamic";
import { useMemo } from "react";
import type { CompletionNames } from "./completions.ts";
import { DraftNote } from "./draft-note.tsx";
import type { CodeEditorProps } from "./editor-handle.ts";
import { findFixes } from "./find-fixes.ts";
import { ProblemList } from "./problem-list.tsx";
import type { Editing } from "./use-editing.ts";

/** Editor component, loaded in the browser only: it is a third of the page's weight. */
const CodeEditor = dynamic<CodeEditorProps>(() => import("./code-editor.tsx").then((file) => file.CodeEditor), {
  ssr: false,
  loading: () => <div aria-hidden="true" className="skeleton m-3 h-[calc(100%-1.5rem)]" />,
});

interface Props {
  editing: Editing;
  names: CompletionNames;
  line: number | null;
  nonce: string | null;
}

/** Editor with the problem list below it. */
export function EditorPanel({ editing, names, line, nonce }: Props) {
  const { text, setText, editor, checked, whyNot, status, publish } = editing;
  const fixable = useMemo(() => findFixes(checked.text, checked.problems), [checked]);
  return (
    <section
      aria-label="Editor"
      className="flex min-h-0 min-w-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-surface"
    >
      <div className="min-h-0 flex-1">
        <CodeEditor
          initialText={text}
          line={line}
          isReadOnly={whyNot !== null}
          nonce={nonce}
          names={names}
          problems={checked.problems}
          onChange={setText}
          onSubmit={publish}
          onReady={(handle) => {
            editor.current = handle;
          }}
        />
      </div>
      <div className="shrink-0 border-t border-line">
        <div className="flex items-center px-4 pt-2 md:hidden">{whyNot ? null : <DraftNote status={status} />}</div>
        <ProblemList
          problems={checked.problems}
          fixable={fixable}
          isReadOnly={whyNot !== null}
          onGoTo={(problem) => editor.current?.goTo(problem.line, problem.column)}
          onFix={(problem) => editor.current?.fix(problem)}
        />
      </div>
    </section>
  );
}
