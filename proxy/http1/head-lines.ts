import type { IncomingHttpHeaders } from "node:http";
import { trimOws } from "#core/protocol/ows.ts";

/** A head that is no HTTP/1.1 as we are willing to read it. */
export class HeadProblem extends Error {}

/** Header names seen so far, in lower case; every peer uses the same few dozen. */
const lowered = new Map<string, string>();
const LOWERED_MAX = 1_000;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Characters allowed in a value: visible text, spaces, tabs, and bytes beyond ASCII. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Header fields that frame the body. Node's strict parser accepts a tab before a length and refuses one behind it.
 * Where the body ends must not depend on that.
 */
const FRAMING = new Set(["content-length", "transfer-encoding"]);

export type HeadField = [name: string, value: string];

/**
 * Parses the fields of a head, from just behind its first line. Names are in lower case, in the order they came. Throws
 * HeadProblem on everything two readers could read differently: folded lines, space before the colon, control
 * characters.
 */
export const readFields = (lines: readonly string[]): HeadField[] => lines.slice(1).map(parseField);

function parseField(line: string): HeadField {
  const colon = line.indexOf(":");
  if (colon <= 0) throw new HeadProblem("a header line without a name");
  const name = lowerName(line.slice(0, colon));
  const value = trimOws(line.slice(colon + 1));
  if (!VALUE.test(value)) throw new HeadProblem("a control character in a header");
  if (FRAMING.has(name) && line.includes("\t")) throw new HeadProblem("a tab beside the length of the body");
  return [name, value];
}

const LINE_END = "\r\n";

/** Parses heads that mostly repeat the one before. A line that equals the one at its position is not parsed again. */
export class HeadsInTurn {
  private lines: string[] = [];
  private fields: HeadField[] = [];

  /** The first line and the fields of a head, given without the blank line at its end. Throws like `readFields`. */
  read(text: string): { first: string; fields: HeadField[] } {
    const lines: string[] = [];
    const fields: HeadField[] = [];
    for (let at = 0; at <= text.length; ) {
      const before = this.lines[lines.length];
      const isAgain = before !== undefined && text.startsWith(before, at) && isLineEnd(text, at + before.length);
      const line = isAgain ? before : text.slice(at, lineEnd(text, at));
      // The first line has no field.
      if (lines.length > 0) fields.push((isAgain && this.fields[lines.length - 1]) || parseField(line));
      lines.push(line);
      at += line.length + LINE_END.length;
    }
    this.lines = lines;
    this.fields = fields;
    return { first: lines[0] as string, fields };
  }
}

const isLineEnd = (text: string, at: number): boolean => at === text.length || text.startsWith(LINE_END, at);

function lineEnd(text: string, from: number): number {
  const end = text.indexOf(LINE_END, from);
  return end === -1 ? text.length : end;
}

/**
 * Headers as Node gives them: one value a name, further ones joined by a comma; `set-cookie` stays a list. Without a
 * prototype: no name means anything but itself, and V8 keeps one shape for all such tables, with any names.
 */
export function toHeaderTable(fields: readonly (readonly [string, string])[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = Object.create(null);
  for (const [name, value] of fields) {
    const known = headers[name];
    if (name === "set-cookie") headers[name] = [...((known as string[] | undefined) ?? []), value];
    else headers[name] = known === undefined ? value : `${known as string}, ${value}`;
  }
  return headers;
}

function lowerName(name: string): string {
  const known = lowered.get(name);
  if (known !== undefined) return known;
  if (!NAME.test(name)) throw new HeadProblem("a header name with a forbidden character");
  if (lowered.size >= LOWERED_MAX) lowered.clear();
  const lower = name.toLowerCase();
  lowered.set(name, lower);
  return lower;
}
