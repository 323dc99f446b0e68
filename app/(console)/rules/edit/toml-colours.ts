import { StringStream } from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";

const mark = (name: string) => Decoration.mark({ class: `cm-toml-${name}` });
const marks: Record<string, Decoration> = {
  comment: mark("comment"),
  string: mark("string"),
  atom: mark("atom"),
  number: mark("number"),
  header: mark("header"),
};

/**
 * Colours TOML by the plain tokens of CodeMirror's legacy mode. What is seen is marked. What stands above it is only
 * read for its state.
 */
export const tomlColours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = colour(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = colour(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function colour(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const { from, to } = view.viewport;
  const state = startState();
  for (let number = 1; number <= view.state.doc.lines; number += 1) {
    const line = view.state.doc.line(number);
    if (line.from > to) break;
    const stream = new StringStream(line.text, 4, 2);
    while (!stream.eol()) {
      stream.start = stream.pos;
      const token = toml.token(stream, state);
      // The mode is finished with a line only when it has moved; an empty step would never end.
      if (stream.pos === stream.start) stream.next();
      const isHeader = token === "atom" && line.text[stream.start] === "[";
      const found = token ? marks[isHeader ? "header" : token] : undefined;
      if (found && line.to >= from) builder.add(line.from + stream.start, line.from + stream.pos, found);
    }
    // A plain string ends with its line, also while its closing quote is still to be typed.
    if (state.stringType.length === 1) state.inString = false;
  }
  return builder.finish();
}

/** State of the legacy mode from line to line. */
const startState = () => ({ inString: false, stringType: "", lhs: true, inArray: 0 });
