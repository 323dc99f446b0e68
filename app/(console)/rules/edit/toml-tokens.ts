import { TomlCursor } from "#config/toml-cursor.ts";

/** Smallest piece of a TOML text that has a meaning; blanks lie between two of them. */
export interface TomlToken {
  /** A "word" is anything bare: a key, a number, true. A "string" is of any of the four kinds. */
  kind: "sign" | "word" | "string" | "comment" | "line-end";
  start: number;
  /** Exclusive. */
  end: number;
  /** Quotation marks around a string, else "". */
  mark: string;
  /** False for a string whose closing marks are missing. */
  isClosed: boolean;
}

const WORD = /[^\s[\]{}=.,"'#]+/y;

/**
 * Reads the token at or after an offset; null at the end of the text. Reads any text, also one that is not valid TOML:
 * a string in single marks that is not closed ends with its line, one in triple marks with the text.
 */
export function readToken(text: string, from: number): TomlToken | null {
  let start = from;
  while (isBlank(text[start])) start++;
  const letter = text[start];
  switch (letter) {
    case undefined:
      return null;
    case "\n":
      return { kind: "line-end", start, end: start + 1, mark: "", isClosed: true };
    case "#":
      return { kind: "comment", start, end: lineEnd(text, start), mark: "", isClosed: true };
    case '"':
    case "'":
      return readString(text, start, letter);
    case "[":
    case "]":
    case "{":
    case "}":
    case "=":
    case ".":
    case ",":
      return { kind: "sign", start, end: start + 1, mark: "", isClosed: true };
    default:
      return { kind: "word", start, end: wordEnd(text, start), mark: "", isClosed: true };
  }
}

const isBlank = (letter: string | undefined): boolean =>
  letter === " " || letter === "\t" || letter === "\r" || letter === "\ufeff";

/** Name that a word or string stands for as a key: without marks, and with its escapes read. */
export function readName(text: string, { start, end, mark, isClosed }: TomlToken): string {
  if (mark === "") return text.slice(start, end);
  const inner = text.slice(start + mark.length, isClosed ? end - mark.length : end);
  if (mark !== '"' || !isClosed || !inner.includes("\\")) return inner;
  try {
    return new TomlCursor(text.slice(start, end)).readLine();
  } catch {
    // An escape that TOML does not have.
    return inner;
  }
}

function readString(text: string, start: number, quote: string): TomlToken {
  const isMultiLine = text[start + 1] === quote && text[start + 2] === quote;
  const mark = isMultiLine ? quote.repeat(3) : quote;
  for (let at = start + mark.length; at < text.length; at++) {
    const letter = text[at];
    if (letter === "\n" && !isMultiLine) return { kind: "string", start, end: at, mark, isClosed: false };
    if (letter === quote && text.startsWith(mark, at)) {
      let end = at + mark.length;
      // Up to two more marks still belong to the string.
      for (let more = 0; isMultiLine && more < 2 && text[end] === quote; more++) end++;
      return { kind: "string", start, end, mark, isClosed: true };
    }
    if (letter === "\\" && quote === '"' && (isMultiLine || text[at + 1] !== "\n")) at++;
  }
  return { kind: "string", start, end: text.length, mark, isClosed: false };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function wordEnd(text: string, start: number): number {
  WORD.lastIndex = start;
  return start + Math.max(1, WORD.exec(text)?.[0].length ?? 0);
}
