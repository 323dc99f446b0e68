import { holdsAnySecret } from "#core/access/own-secrets.ts";
import { BoundedCache } from "#core/memo.ts";

/**
 * What rules can look at and the event's other fields do not say. Sizes follow from `requestBytes`, the hour from
 * `startedAtMs`.
 */
export interface RequestFacts {
  hasTools: boolean;
  hasThinking: boolean;
  titleLike: boolean;
  /** The most tokens the request lets the answer have. */
  maxTokens: number | null;
  /** As received, without the query. Null: not kept, because it was long or held a secret. */
  path: string | null;
  /** Values of the headers that rules in force named, by lower-case name; without those the request did not have. */
  headers: Readonly<Record<string, string>>;
}

/** Headers where rules in force name none: facts with these are written quicker. */
export const NO_HEADERS: RequestFacts["headers"] = {};

const VERSION = "1";
/** The path of nearly every request; it is left out. */
export const USUAL_PATH = "/v1/messages";
const NOT_KEPT = "?";
/** More than any model writes. */
const USUAL_TOKENS_MAX = 10_000_000;
const VALUE_LENGTH_MAX = 200;

/**
 * Lines of requests on the usual path without headers: nearly all, and only a few. Found to be equal at once, as the
 * same string.
 */
const usualLines = new BoundedCache<number, string>({ entriesMax: 500 });

/**
 * Formats facts as one short line. It has the version, flags (`t` tools, `k` thinking, `n` names a session), and `m`
 * with the tokens. Path and headers follow where there are any. What is longer than 200 characters or holds a secret is
 * left out: a header with its name, a path as `?`.
 */
export function formatFacts(facts: RequestFacts): string {
  const { hasTools, hasThinking, titleLike, maxTokens, path, headers } = facts;
  const isUsual = path === USUAL_PATH && headers === NO_HEADERS && (maxTokens === null || isUsualCount(maxTokens));
  if (!isUsual) return toLine(facts);
  const key = ((maxTokens ?? -1) << 3) | (hasTools ? 4 : 0) | (hasThinking ? 2 : 0) | (titleLike ? 1 : 0);
  const known = usualLines.get(key);
  if (known !== undefined) return known;
  const line = toLine(facts);
  usualLines.set(key, line);
  return line;
}

/** A caller may write any number. */
const isUsualCount = (tokens: number): boolean => tokens >= 0 && tokens < USUAL_TOKENS_MAX && Number.isInteger(tokens);

function toLine({ hasTools, hasThinking, titleLike, maxTokens, path, headers }: RequestFacts): string {
  const flags = `${hasTools ? "t" : ""}${hasThinking ? "k" : ""}${titleLike ? "n" : ""}`;
  let line = flags === "" ? VERSION : `${VERSION} ${flags}`;
  if (maxTokens !== null) line += ` m${maxTokens}`;
  if (path !== USUAL_PATH) line += ` ${path === null || !isKept(path) ? NOT_KEPT : encode(path)}`;
  for (const name in headers) {
    const value = headers[name] as string;
    if (!isKept(value)) continue;
    line += ` ${name}=${encode(value)}`;
  }
  return line;
}

/** A path or a header that a rule names is no place for a secret. One that stands there all the same is not kept. */
const isKept = (text: string): boolean => text.length <= VALUE_LENGTH_MAX && !holdsAnySecret(text);

/** Reads what `formatFacts` wrote; null for a line of a version that is not known here. */
export function parseFacts(line: string): RequestFacts | null {
  const [version, ...words] = line.split(" ");
  if (version !== VERSION) return null;
  const flags = /^[tkn]+$/.test(words[0] ?? "") ? (words[0] as string) : "";
  const most = words.find((word) => /^m\d+$/.test(word));
  const path = words.find((word) => word.startsWith("/") || word.startsWith("%"));
  const headers = words.flatMap((word): [string, string][] => {
    const at = word.indexOf("=");
    return at > 0 && word !== path ? [[word.slice(0, at), decodeURIComponent(word.slice(at + 1))]] : [];
  });
  return {
    hasTools: flags.includes("t"),
    hasThinking: flags.includes("k"),
    titleLike: flags.includes("n"),
    maxTokens: most === undefined ? null : Number(most.slice(1)),
    path: words.includes(NOT_KEPT) ? null : path === undefined ? USUAL_PATH : decodeURIComponent(path),
    headers: Object.fromEntries(headers),
  };
}

/**
 * Paths stay readable; what would end a word does not stay. The wire's texts hold no half characters, which cannot be
 * written so.
 */
const encode = (text: string): string => encodeURIComponent(text).replaceAll("%2F", "/");
