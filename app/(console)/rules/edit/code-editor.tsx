"use client";

import {
  autocompletion,
  closeCompletion,
  completionKeymap,
  completionStatus,
  currentCompletions,
  selectedCompletionIndex,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from "@codemirror/commands";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Prec, type Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Problem } from "#core/rules/rule-set.ts";
import { breaksLine, rulesCompletions } from "./completions.ts";
import type { CodeEditorProps, EditorHandle } from "./editor-handle.ts";
import { editorLook } from "./editor-look.ts";
import { findFixes } from "./find-fixes.ts";
import { tomlColours } from "./toml-colours.ts";

/** Text editor that owns its text, reports each change to the page, and is driven through a handle. */
export function CodeEditor(props: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    if (!host.current) return;
    const { initialText, line, onReady } = latest.current;
    const state = EditorState.create({ doc: initialText, extensions: extensions(latest) });
    const editor = new EditorView({ state, parent: host.current });
    view.current = editor;
    onReady(buildHandle(editor));
    if (line) goTo(editor, line, 1);
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);

  const { problems } = props;
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    editor.dispatch(
      setDiagnostics(
        editor.state,
        problems.map((problem) => toDiagnostic(problem, editor.state.doc)),
      ),
    );
  }, [problems]);

  return <div ref={host} className="h-full min-h-0" />;
}

function extensions(latest: { current: CodeEditorProps }): Extension[] {
  const { isReadOnly, nonce, names } = latest.current;
  const submit = () => {
    latest.current.onSubmit();
    return true;
  };
  return [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    highlightSelectionMatches(),
    EditorView.lineWrapping,
    EditorState.tabSize.of(4),
    EditorState.readOnly.of(isReadOnly),
    EditorView.contentAttributes.of({ "aria-label": "Rules as TOML", spellcheck: "false", tabindex: "0" }),
    nonce ? EditorView.cspNonce.of(nonce) : [],
    lintGutter(),
    Prec.highest(keymap.of([{ key: "Enter", run: breakLine }])),
    autocompletion({
      override: [rulesCompletions(names)],
      icons: false,
      // A key that was chosen is followed by its value.
      activateOnCompletion: ({ label }) => label.endsWith("= "),
    }),
    // Tab moves the focus on, as everywhere on the page.
    keymap.of([
      { key: "Mod-Enter", run: submit },
      ...completionKeymap,
      ...lintKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    tomlColours,
    editorLook,
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange(update.state.doc.toString());
    }),
  ];
}

/** Before the list of completions takes the key for its first row. */
function breakLine(view: EditorView): boolean {
  const { state } = view;
  if (completionStatus(state) === null) return false;
  const list = { selected: selectedCompletionIndex(state), options: currentCompletions(state) };
  if (!breaksLine(state.doc.toString(), state.selection.main.head, list)) return false;
  closeCompletion(view);
  return insertNewlineAndIndent(view);
}

function buildHandle(editor: EditorView): EditorHandle {
  return {
    goTo: (line, column) => goTo(editor, line, column),
    replaceAll: (text) => {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
      editor.focus();
    },
    append: (text) => {
      const end = editor.state.doc.length;
      const gap = end > 0 && editor.state.doc.sliceString(end - 1) !== "\n" ? "\n" : "";
      editor.dispatch({ changes: { from: end, insert: gap + text } });
      goTo(editor, editor.state.doc.lines, 1);
    },
    fix: (problem) => {
      // By the text as it is now: it may have changed since it was checked.
      const changes = findFixes(editor.state.doc.toString(), [problem]).get(problem);
      if (changes) editor.dispatch({ changes: [...changes] });
      editor.focus();
    },
  };
}

function goTo(editor: EditorView, line: number, column: number): void {
  const { doc } = editor.state;
  const anchor = toOffset(doc, line, column);
  editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
  editor.focus();
}

function toDiagnostic(problem: Problem, doc: Text): Diagnostic {
  return { ...toSpan(problem, doc), severity: problem.severity, message: problem.message };
}

/** Clamps a span to the text, which may have changed since it was checked. */
function toSpan(problem: Problem, doc: Text): { from: number; to: number } {
  const from = toOffset(doc, problem.line, problem.column);
  return { from, to: Math.max(from, toOffset(doc, problem.endLine, problem.endColumn)) };
}

function toOffset(doc: Text, line: number, column: number): number {
  const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(from + Math.max(column, 1) - 1, to);
}
