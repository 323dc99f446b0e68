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

/** Facts that are yes or no; null in a record from before its release brought the fact. */
type YesNo = {
  [Fact in keyof RequestFacts]: RequestFacts[Fact] extends boolean | null ? Fact : never;
}[keyof RequestFacts];

/** Facts as they are recorded: here every yes or no is known. */
export type KnownFacts = { [Fact in keyof RequestFacts]: Fact extends YesNo ? boolean : RequestFacts[Fact] };

interface Flag {
  letter: string;
  /** First version of the line that has the letter. In an older line its absence says nothing. */
  since: number;
}

/** Every yes-or-no fact, in the order of the letters. A fact that is not of version 1 has null in its type. */
const FLAGS: { readonly [Fact in YesNo]: Flag & (null extends RequestFacts[Fact] ? unknown : { since: 1 }) } = {
  hasTools: { letter: "t", since: 1 },
  hasThinking: { letter: "k", since: 1 },
  titleLike: { letter: "n", since: 1 },
};

const flags = (Object.entries(FLAGS) as [YesNo, Flag][]).map(([fact, flag]) => ({ fact, ...flag }));
/** One bit for each flag. A loop, since the console's pages read this file too, and compile no code. */
function toBits(facts: KnownFacts): number {
  let bits = 0;
  for (let at = 0; at < flags.length; at++) if (facts[(flags[at] as { fact: YesNo }).fact]) bits |= 1 << at;
  return bits;
}

const FLAGS_COUNT = flags.length;
const VERSION = Math.max(...flags.map(({ since }) => since));
const LETTERS = new RegExp(`^[${flags.map(({ letter }) => letter).join("")}]+$`);
/** The path of nearly every request; it is left out. */
export const USUAL_PATH = "/v1/messages";
const NOT_KEPT = "?";
/** More than any model writes. The number and the flags are together a key of 32 bits, which is found quicker. */
const USUAL_TOKENS_MAX = Math.min(10_000_000, 2 ** (31 - FLAGS_COUNT));
const VALUE_LENGTH_MAX = 200;

/**
 * Lines of requests on the usual path without headers: nearly all, and only a few. Found to be equal at once, as the
 * same string.
 */
const usualLines = new BoundedCache<number, string>({ entriesMax: 500 });

/**
 * Formats facts as one short line. It has the version, the letters of `FLAGS`, and `m` with the tokens. Path and headers
 * follow where there are any. What is longer than 200 characters or holds a secret is left out: a header with its name, a
 * path as `?`.
 */
export function formatFacts(facts: KnownFacts): string {
  const { maxTokens, path, headers } = facts;
  const isUsual = path === USUAL_PATH && headers === NO_HEADERS && (maxTokens === null || isUsualCount(maxTokens));
  if (!isUsual) return toLine(facts);
  const key = ((maxTokens ?? -1) << FLAGS_COUNT) | toBits(facts);
  const known = usualLines.get(key);
  if (known !== undefined) return known;
  const line = toLine(facts);
  usualLines.set(key, line);
  return line;
}

/** A caller may write any number. */
const isUsualCount = (tokens: number): boolean => tokens >= 0 && tokens < USUAL_TOKENS_MAX && Number.isInteger(tokens);

function toLine(facts: KnownFacts): string {
  const { maxTokens, path, headers } = facts;
  const letters = flags.map(({ fact, letter }) => (facts[fact] ? letter : "")).join("");
  let line = letters === "" ? `${VERSION}` : `${VERSION} ${letters}`;
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

/** Reads a line of this release or an earlier one. Null for a version that is not known here. */
export function parseFacts(line: string): RequestFacts | null {
  const [first = "", ...words] = line.split(" ");
  const version = /^[1-9]\d*$/.test(first) ? Number(first) : null;
  if (version === null || version > VERSION) return null;
  const letters = LETTERS.test(words[0] ?? "") ? (words[0] as string) : "";
  const yesOrNo = flags.map(({ fact, letter, since }) => [fact, version < since ? null : letters.includes(letter)]);
  const most = words.find((word) => /^m\d+$/.test(word));
  const path = words.find((word) => word.startsWith("/") || word.startsWith("%"));
  const headers = words.flatMap((word): [string, string][] => {
    const at = word.indexOf("=");
    return at > 0 && word !== path ? [[word.slice(0, at), decodeURIComponent(word.slice(at + 1))]] : [];
  });
  return {
    ...(Object.fromEntries(yesOrNo) as Pick<RequestFacts, YesNo>),
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
