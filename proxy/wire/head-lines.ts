import type { IncomingHttpHeaders } from "node:http";

/** A head that is no HTTP/1.1 as we are willing to read it. */
export class HeadProblem extends Error {}

/** Header names seen so far, in lower case; every peer uses the same few dozen. */
const lowered = new Map<string, string>();
const LOWERED_MAX = 1_000;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What may stand in a value: visible text, spaces, tabs, and bytes beyond ASCII. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The fields of a head, from just behind its first line: names in lower case, in the order they came. Throws HeadProblem
 * on whatever two readers could read differently: folded lines, space before the colon, control characters.
 */
export function readFields(lines: readonly string[]): [name: string, value: string][] {
  const fields: [string, string][] = [];
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] as string;
    const colon = line.indexOf(":");
    if (colon <= 0) throw new HeadProblem("a header line without a name");
    const value = line.slice(colon + 1).trim();
    if (!VALUE.test(value)) throw new HeadProblem("a control character in a header");
    fields.push([lowerName(line.slice(0, colon)), value]);
  }
  return fields;
}

/**
 * As Node gives them: one value a name, further ones joined by a comma; `set-cookie` stays a list. Without a prototype: no name
 * means anything but itself, and V8 keeps one shape for all such tables, whatever is in them.
 */
export function headersOf(fields: readonly (readonly [string, string])[]): IncomingHttpHeaders {
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
