/** Position of the cursor in a rules text, as completions need it. */
export interface TomlPlace {
  /** The table and the inline tables around the cursor: "rule", "rule.when". */
  scope: string;
  /** Key whose value is being typed, also inside its list; null where a key is typed. */
  key: string | null;
  /** Open quote and its offset. */
  quote: { mark: string; at: number } | null;
  isComment: boolean;
}

interface Container {
  mark: "{" | "[";
  key: string;
}

const HEADER = /^[ \t]*\[{1,2}([\w.]+)\]{1,2}[ \t]*(?:#.*)?$/gm;

/** Scans from the header above the cursor down to it, without parsing: text being typed is rarely valid. */
export function findPlace(text: string, cursor: number): TomlPlace {
  const before = text.slice(0, cursor);
  const lineStart = before.lastIndexOf("\n") + 1;
  const header = [...before.slice(0, lineStart).matchAll(HEADER)].at(-1);
  const state = scan(before, header === undefined ? 0 : header.index + header[0].length);
  const tables = state.stack.filter(({ mark }) => mark === "{").map(({ key }) => key);
  // A dotted key opens tables, too: "when.project" is the key "project" of the table "when".
  const dotted = state.key?.split(/\s*\.\s*/) ?? [];
  return {
    scope: [header?.[1] ?? "", ...tables, ...dotted.slice(0, -1)].join("."),
    key: dotted.at(-1) ?? null,
    quote: state.quote,
    isComment: state.isComment,
  };
}

interface Scanned extends Omit<TomlPlace, "scope"> {
  stack: Container[];
}

function scan(text: string, from: number): Scanned {
  const stack: Container[] = [];
  let word = "";
  let key: string | null = null;
  for (let at = from; at < text.length; at++) {
    const letter = text[at] as string;
    if (letter === "#") {
      at = endOfLine(text, at);
      if (at + 1 >= text.length) return { stack, key, quote: null, isComment: true };
    } else if (letter === '"' || letter === "'") {
      const end = text.indexOf(letter, at + 1);
      if (end === -1 || end > endOfLine(text, at) + 1) {
        if (endOfLine(text, at) + 1 >= text.length)
          return { stack, key, quote: { mark: letter, at }, isComment: false };
        at = endOfLine(text, at);
        continue;
      }
      word = text.slice(at + 1, end);
      at = end;
    } else if (letter === "=") key = word.trim();
    else if (letter === "{" || letter === "[") {
      stack.push({ mark: letter, key: key ?? "" });
      if (letter === "{") key = null;
      word = "";
    } else if (letter === "}" || letter === "]") {
      key = stack.pop()?.key ?? null;
    } else if (letter === "," || letter === "\n") {
      const isInList = stack.at(-1)?.mark === "[";
      if (!isInList && (letter === "," || stack.length === 0)) key = null;
      word = "";
    } else word = letter === " " || letter === "\t" ? word : word + letter;
  }
  return { stack, key, quote: null, isComment: false };
}

/** Offset of the last character of the line, before its line break. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return (end === -1 ? text.length : end) - 1;
}
