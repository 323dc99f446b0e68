import { slashComment, type TomlCursor, type TomlNode } from "./toml-cursor.ts";
import { TomlMistake } from "./toml-mistake.ts";
import {
  isHeaderLine,
  looksLikeNextEntry,
  missingComma,
  openArray,
  openInline,
  unfinishedItem,
} from "./toml-open-list.ts";

/** Maximum nesting, more than any rules file has; stops hostile texts before the stack does. */
export const TOML_DEPTH_MAX = 32;

const BARE_VALUE = /[^\s,;\]}#"'{[]+/y;
const DATE_TIME = /\d{4}-\d{2}-\d{2}[ ]\d{2}:\d{2}[^\s,\]}#]*/y;
const NUMBER =
  /^[+-]?(?:0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+|inf|nan|(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?)$/;
const DATE_OR_TIME = /^(?:\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}.*)?|\d{2}:\d{2}.*)$/;

/** Reads one value and the positions of everything in it. */
function readValue(cursor: TomlCursor, depth: number): TomlNode {
  const start = cursor.at;
  if (depth > TOML_DEPTH_MAX) {
    throw new TomlMistake(
      "too-deep",
      cursor.span(start, start + 1),
      `Lists are nested more than ${TOML_DEPTH_MAX} deep here.`,
    );
  }
  cursor.refuseSmartQuotes();
  if (cursor.char === "[") return readArray(cursor, depth);
  if (cursor.char === "{") return readInlineTable(cursor, depth);
  if (cursor.startsWith('"""') || cursor.startsWith("'''")) cursor.skipMultiLine();
  else if (cursor.char === '"' || cursor.char === "'") readQuoted(cursor);
  else readBare(cursor);
  return scalar(cursor, start);
}

const scalar = (cursor: TomlCursor, start: number): TomlNode => ({
  kind: "scalar",
  key: null,
  names: [],
  value: cursor.span(start),
  children: null,
  items: null,
  isDefined: true,
});

/** Reports unpaired quotes: a letter directly behind a closing quote means that an earlier one is missing. */
function readQuoted(cursor: TomlCursor): void {
  const start = cursor.at;
  const quote = cursor.char;
  cursor.readLine();
  if (cursor.peek(/[\p{L}\d]/uy) === null) return;
  const message = `The quotation marks are unbalanced here: a ${quote} is missing before or in this text.`;
  throw new TomlMistake("open-string", cursor.span(start), message, quote);
}

function readBare(cursor: TomlCursor): void {
  const start = cursor.at;
  const token = cursor.peek(DATE_TIME) ?? cursor.peek(BARE_VALUE) ?? "";
  const isValue = token === "true" || token === "false" || NUMBER.test(token) || DATE_OR_TIME.test(token);
  cursor.at += token.length;
  if (!isValue) throw bareMistake(cursor, start, token);
}

function bareMistake(cursor: TomlCursor, start: number, token: string): TomlMistake {
  const span = cursor.span(start, start + Math.max(1, token.length));
  const word = token.toLowerCase();
  if (token.startsWith("//")) return slashComment(span);
  if (token === "") {
    const found = cursor.isAtLineEnd || cursor.char === "#" ? "" : `, not ${cursor.char}`;
    return new TomlMistake("missing-value", span, `A value is expected here${found}.`);
  }
  if (["true", "yes", "on", "y"].includes(word)) return boolean(span, token, "true");
  if (["false", "no", "off", "n"].includes(word)) return boolean(span, token, "false");
  if (["null", "none", "nil", "undefined", "~"].includes(word)) {
    return new TomlMistake("no-null", span, `TOML has no ${token}: leave the whole line out.`);
  }
  if (/^[\d.]+%$/.test(token)) {
    return new TomlMistake("bad-number", span, `Write ${token.slice(0, -1)} without the % sign.`, token.slice(0, -1));
  }
  if (/^[+-]?[\d._]+$/.test(token)) {
    return new TomlMistake(
      "bad-number",
      span,
      `${token} is not a valid TOML number: no leading zeros, and digits on both sides of a point.`,
    );
  }
  return new TomlMistake("unquoted-text", span, `Text needs quotation marks: "${token}".`, `"${token}"`);
}

const boolean = (span: { start: number; end: number }, token: string, fix: string): TomlMistake =>
  new TomlMistake(
    "wrong-boolean",
    span,
    `Write ${fix} instead of ${token}: TOML has true and false in lower case only.`,
    fix,
  );

function readArray(cursor: TomlCursor, depth: number): TomlNode {
  const start = cursor.at++;
  const items: TomlNode[] = [];
  while (true) {
    cursor.skipBlank();
    if (cursor.char === "]") break;
    if (cursor.isAtEnd || looksLikeNextEntry(cursor)) throw openArray(cursor, start, items);
    if (cursor.char === ",") {
      throw new TomlMistake("stray-comma", cursor.span(cursor.at, cursor.at + 1), "There is an extra comma here.", "");
    }
    items.push(readValue(cursor, depth + 1));
    cursor.skipBlank();
    if (cursor.char === ",") cursor.at++;
    else if (cursor.char !== "]") throw unfinishedItem(cursor, start, items, depth);
  }
  cursor.at++;
  return { ...scalar(cursor, start), kind: "array", items };
}

function readInlineTable(cursor: TomlCursor, depth: number): TomlNode {
  const start = cursor.at++;
  const children = new Map<string, TomlNode>();
  while (true) {
    cursor.skipBlank();
    if (cursor.char === "}") break;
    if (cursor.isAtEnd || cursor.char === "]" || isHeaderLine(cursor)) throw openInline(cursor, start);
    readEntry(cursor, children, depth + 1);
    const end = cursor.at;
    cursor.skipBlank();
    if (cursor.char === ",") cursor.at++;
    else if (cursor.char !== "}") {
      if (cursor.isAtEnd || !cursor.isOnOneLine(end, cursor.at) || cursor.char === "]")
        throw openInline(cursor, start, end);
      throw missingComma(end);
    }
  }
  cursor.at++;
  return { ...scalar(cursor, start), kind: "inline", children };
}

/** Reads `key = value`, with dotted names, into `table`. */
export function readEntry(cursor: TomlCursor, table: Map<string, TomlNode>, depth: number): void {
  const { names, spans, span } = cursor.readKey();
  cursor.skipSpaces();
  expectEquals(cursor, span.start, span.end);
  cursor.skipSpaces();
  const node = { ...readValue(cursor, depth), key: span, names: spans.slice(-1) };
  let target = table;
  names.slice(0, -1).forEach((name, at) => {
    const known = target.get(name);
    if (known && known.kind !== "table") throw duplicate(cursor, span, name, known);
    const parent = known ?? {
      ...scalar(cursor, span.start),
      kind: "table" as const,
      key: span,
      value: span,
      isDefined: false,
    };
    parent.names.push(...spans.slice(at, at + 1));
    parent.children ??= new Map();
    target.set(name, parent);
    target = parent.children;
  });
  const last = names.at(-1) ?? "";
  const before = target.get(last);
  if (before) throw duplicate(cursor, span, last, before);
  target.set(last, node);
}

/** Mistake of a key that stands twice; names the line of the first. */
export function duplicate(
  cursor: TomlCursor,
  span: { start: number; end: number },
  name: string,
  before: TomlNode,
): TomlMistake {
  const line = cursor.lineNumber((before.key ?? before.value).start);
  return new TomlMistake(
    "duplicate-key",
    span,
    `${name} is set twice: it is already set on line ${line}. Keep one of the two.`,
  );
}

function expectEquals(cursor: TomlCursor, keyStart: number, keyEnd: number): void {
  const key = cursor.text.slice(keyStart, keyEnd);
  const wrong = cursor.peek(/:=|=>|==|:|->/y);
  if (wrong !== null) {
    const span = cursor.span(cursor.at, cursor.at + wrong.length);
    throw new TomlMistake("missing-equals", span, `Write = after ${key}, not ${wrong}`, "=");
  }
  if (cursor.char !== "=") {
    throw new TomlMistake(
      "missing-equals",
      cursor.span(keyEnd, keyEnd + 1),
      `A = is missing after ${key}.`,
      `${key} = `,
    );
  }
  cursor.at++;
}
