import { EditorView } from "@codemirror/view";

const mono = '"Geist Mono Variable", ui-monospace, "SF Mono", Menlo, Consolas, monospace';

/** Theme of the editor from the console's CSS variables, so that it follows the theme. */
export const editorLook = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--surface)", color: "var(--ink)", fontSize: "12.5px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: mono, lineHeight: "20px" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 14px 0 6px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-3)", border: "none", paddingLeft: "6px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--sunken) 70%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection": {
    backgroundColor: "var(--accent-soft) !important",
  },
  ".cm-toml-comment": { color: "var(--ink-3)" },
  ".cm-toml-string": { color: "var(--accent)" },
  ".cm-toml-atom, .cm-toml-number": { color: "var(--saved)", fontWeight: "600" },
  ".cm-toml-header": { fontWeight: "650" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--danger) 1px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn) 1px" },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    border: "1px solid var(--edge)",
    borderRadius: "6px",
    boxShadow: "var(--pop)",
    color: "var(--ink)",
  },
  ".cm-diagnostic": { padding: "6px 10px", borderLeftWidth: "3px", maxWidth: "52ch", whiteSpace: "normal" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--danger)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: mono, fontSize: "12px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--sunken)", color: "var(--ink)" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)" },
  ".cm-textfield": {
    backgroundColor: "var(--surface)",
    border: "1px solid var(--field)",
    borderRadius: "4px",
    color: "var(--ink)",
  },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    border: "1px solid var(--line)",
    borderRadius: "4px",
    color: "var(--ink)",
  },
});
