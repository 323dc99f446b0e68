import type { TomlCursor, TomlNode } from "./toml-cursor.ts";
import { TomlMistake } from "./toml-mistake.ts";

const KEY_LINE = /(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*=(?!=)/y;
const HEADER_LINE =
  /\[\[?[ \t]*(?!(?:true|false|inf|nan)\b)[A-Za-z_][\w.-]*(?:[ \t]*\]\]?)?[ \t]*(?:#[^\n]*)?(?=\r?\n|$)/y;

const isAtLineStart = (cursor: TomlCursor): boolean =>
  cursor.text.slice(cursor.text.lastIndexOf("\n", cursor.at - 1) + 1, cursor.at).trim() === "";

export const isHeaderLine = (cursor: TomlCursor): boolean => cursor.peek(HEADER_LINE) !== null && isAtLineStart(cursor);

/** Whether a line inside a list can only be a new header or entry. The list was then not closed. */
export const looksLikeNextEntry = (cursor: TomlCursor): boolean =>
  isHeaderLine(cursor) || (cursor.peek(KEY_LINE) !== null && isAtLineStart(cursor));

/** Reports an item that is followed by neither a comma nor the end of the list. */
export function unfinishedItem(cursor: TomlCursor, start: number, items: TomlNode[], depth: number): TomlMistake {
  const end = items.at(-1)?.value.end ?? start + 1;
  if (cursor.isAtEnd || looksLikeNextEntry(cursor)) return openArray(cursor, start, items);
  if (cursor.char === "}" || cursor.char === "=") {
    const span = cursor.span(cursor.at, cursor.at + 1);
    return new TomlMistake(
      "open-list",
      span,
      `The list of line ${cursor.lineNumber(start)} is closed by ], not by ${cursor.char}`,
      "]",
    );
  }
  const isOneLinePair = depth > 1 && cursor.isOnOneLine(start, end) && !cursor.isOnOneLine(end, cursor.at);
  return isOneLinePair ? missingBracket(cursor, start, end) : missingComma(end);
}

export const missingComma = (end: number): TomlMistake =>
  new TomlMistake("missing-comma", { start: end, end: end + 1 }, "A comma is missing here.", ",");

const missingBracket = (cursor: TomlCursor, start: number, end: number): TomlMistake =>
  new TomlMistake(
    "open-list",
    { start: end, end: end + 1 },
    `A ] is missing here: the list that begins on line ${cursor.lineNumber(start)} is not closed.`,
    "]",
  );

/** Finds the list that really lacks its bracket: an inner one may have taken the bracket of the outer. */
export function openArray(cursor: TomlCursor, start: number, items: readonly TomlNode[]): TomlMistake {
  for (const item of items) {
    const inner = item.items ?? [];
    const stranger = inner.findIndex(
      (entry, i) =>
        i > 0 &&
        entry.items !== null &&
        inner[i - 1]?.items === null &&
        !cursor.isOnOneLine(inner[i - 1]?.value.end ?? 0, entry.value.start),
    );
    if (stranger > 0) return missingBracket(cursor, item.value.start, inner[stranger - 1]?.value.end ?? 0);
    const end = inner.at(-1)?.value.end;
    const isPair =
      end !== undefined && cursor.isOnOneLine(item.value.start, end) && !cursor.isOnOneLine(end, item.value.end);
    if (isPair && item === items.at(-1)) return missingBracket(cursor, item.value.start, end);
  }
  return missingBracket(cursor, start, items.at(-1)?.value.end ?? start + 1);
}

export function openInline(cursor: TomlCursor, start: number, end = start + 1): TomlMistake {
  const message = `A } is missing here: the { of line ${cursor.lineNumber(start)} is not closed.`;
  return new TomlMistake("open-table", { start: end, end: end + 1 }, message, "}");
}
