import { findTomlPosition } from "./toml-position.ts";
import { readToken } from "./toml-tokens.ts";

/** What a completion writes at its place. */
export interface CompletionText {
  label: string;
  /** Whether the label is the content of a string, or a name as a key. Otherwise it is written as it is. */
  isText: boolean;
}

/** A replacement in a rules text. The cursor then stands at its end. */
interface CompletionEdit {
  from: number;
  /** Exclusive. */
  to: number;
  insert: string;
}

/**
 * Finds what taking a completion replaces: the whole string or word around the cursor, what follows the cursor included.
 * A string is escaped and closed. Null where a completion would break the text: in front of another key or value, and behind
 * one that is finished.
 */
export function findEdit(text: string, cursor: number, { label, isText }: CompletionText): CompletionEdit | null {
  const place = findTomlPosition(text, cursor);
  if (place === null || place.begin === null) return null;
  if (place.quote !== null) return findStringEdit(text, cursor, place.quote, label);
  const isKey = place.key === null;
  const to = cursor + matchAt(isKey ? /^[\w-]*/ : /^[^\s[\]{}=,"'#]*/, restOfLine(text, cursor));
  if (!endsWith(text, to, isKey ? "=.,}" : ",]}")) return null;
  if (!isText) return { from: place.begin, to, insert: label };
  const sign = isKey && !isFollowedKey(text, cursor) ? " = " : "";
  return { from: place.begin, to, insert: writeText(label, isKey) + sign };
}

/**
 * Whether the key at the cursor already has what follows a key. That is its sign, or a dot with the rest of its name.
 */
export const isFollowedKey = (text: string, cursor: number): boolean =>
  /^[\w-]*[ \t]*[=.]/.test(restOfLine(text, cursor));

/** Text as a string in double quotation marks, which a key needs for some signs only. */
const writeText = (text: string, isKey = false): string =>
  isKey && /^[\w-]+$/.test(text) ? text : `"${escapeText(text)}"`;

/** TOML has the escapes of JSON, but also refuses a bare U+007F. */
const escapeText = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll("\u007f", "\\u007f");

function findStringEdit(
  text: string,
  cursor: number,
  { mark, at }: { mark: string; at: number },
  label: string,
): CompletionEdit | null {
  const to = findStringEnd(text, cursor, { mark, at });
  // A string of several lines is no name.
  if (text.slice(at, to).includes("\n")) return null;
  if (mark.startsWith('"')) return { from: at + mark.length, to, insert: escapeText(label) + mark };
  // Single marks have no escapes.
  if (/['\p{Cc}]/u.test(label)) return { from: at, to, insert: writeText(label) };
  return { from: at + mark.length, to, insert: label + mark };
}

/**
 * End of the string that begins at an offset, its closing marks included. The next marks close it only if the line goes
 * on as it may after a string: they could also open the next string, behind one that was not closed yet. Such a
 * string ends with the word at the cursor.
 */
function findStringEnd(text: string, cursor: number, { mark, at }: { mark: string; at: number }): number {
  const token = readToken(text, at);
  if (token?.mark === mark && token.isClosed && endsString(text, token.end)) return token.end;
  const end = cursor + matchAt(/^[^\s[\]{}=,"'#]*/, restOfLine(text, cursor));
  return text.startsWith(mark, end) ? end + mark.length : end;
}

function endsString(text: string, end: number): boolean {
  if (!endsWith(text, end, ",]}=.")) return false;
  for (let next = readToken(text, end); next !== null && next.kind !== "line-end"; next = readToken(text, next.end)) {
    if (!next.isClosed) return false;
  }
  return true;
}

/** Whether nothing but one of these signs, a comment or the end of the line follows. */
function endsWith(text: string, end: number, signs: string): boolean {
  const next = readToken(text, end);
  if (next === null || next.kind === "comment" || next.kind === "line-end") return true;
  return next.kind === "sign" && signs.includes(text.slice(next.start, next.end));
}

const matchAt = (expression: RegExp, text: string): number => expression.exec(text)?.[0].length ?? 0;

function restOfLine(text: string, cursor: number): string {
  const end = text.indexOf("\n", cursor);
  return text.slice(cursor, end === -1 ? text.length : end);
}
