import type { IncomingHttpHeaders } from "node:http";
import { record, text } from "#core/untyped-json.ts";

/** How the fake upstream misbehaves for one request. Everything off is an honest answer. */
export interface Mood {
  /** Answer this HTTP error at once. */
  status: number | null;
  retryAfterSeconds: number | null;
  html: boolean;
  redirect: boolean;
  /** Close the socket before any header. */
  reset: boolean;
  /** Never answer. */
  silent: boolean;
  headersDelayMs: number;
  eventDelayMs: number;
  /** Close the socket after this many SSE events. */
  cutAfterEvents: number | null;
  /** Close the socket after this many body bytes. */
  cutAfterBytes: number | null;
  /** Send an `error` event after this many SSE events, then end. */
  errorAfterEvents: number | null;
  /** Go silent after this many SSE events, connection open. */
  hangAfterEvents: number | null;
  gzip: boolean;
  /** Text of at least this many bytes. */
  hugeBytes: number | null;
  refusal: boolean;
  webSearches: number;
  /** The closing usage carries nulls for everything but the output. */
  nullUsage: boolean;
  /** Leave out `message_stop`. */
  noStop: boolean;
  /** Send comments and an unknown event between the known ones. */
  noisy: boolean;
  /** One TCP write per byte range of this size, to prove that borders do not matter. */
  splitBytes: number | null;
  /** `\r\n` line ends, as some gateways send. */
  crlf: boolean;
  /** The answer repeats the prompt. */
  echo: boolean;
}

export const honest: Mood = {
  status: null,
  retryAfterSeconds: null,
  html: false,
  redirect: false,
  reset: false,
  silent: false,
  headersDelayMs: 0,
  eventDelayMs: 0,
  cutAfterEvents: null,
  cutAfterBytes: null,
  errorAfterEvents: null,
  hangAfterEvents: null,
  gzip: false,
  hugeBytes: null,
  refusal: false,
  webSearches: 0,
  nullUsage: false,
  noStop: false,
  noisy: false,
  splitBytes: null,
  crlf: false,
  echo: false,
};

/** Every mood by name; `N` is the number behind the last dash. README.md explains each. */
const moods: Record<string, (n: number | null) => Partial<Mood>> = {
  model: () => ({}),
  overloaded: () => ({ status: 529 }),
  "rate-limited": (n) => ({ status: 429, retryAfterSeconds: n ?? 1 }),
  unauthorized: () => ({ status: 401 }),
  forbidden: () => ({ status: 403 }),
  "not-found": () => ({ status: 404 }),
  status: (n) => ({ status: n ?? 500 }),
  "html-502": () => ({ status: 502, html: true }),
  redirect: () => ({ redirect: true }),
  reset: () => ({ reset: true }),
  silent: () => ({ silent: true }),
  hang: () => ({ silent: true }),
  "slow-headers": (n) => ({ headersDelayMs: n ?? 500 }),
  slow: (n) => ({ eventDelayMs: n ?? 50 }),
  "cut-after": (n) => ({ cutAfterEvents: n ?? 3 }),
  "cut-bytes": (n) => ({ cutAfterBytes: n ?? 400 }),
  "error-mid": (n) => ({ errorAfterEvents: n ?? 4 }),
  "hang-mid": (n) => ({ hangAfterEvents: n ?? 4 }),
  gzip: () => ({ gzip: true }),
  huge: (n) => ({ hugeBytes: (n ?? 1024) * 1024 }),
  refusal: () => ({ refusal: true }),
  search: (n) => ({ webSearches: n ?? 2 }),
  "null-usage": () => ({ nullUsage: true }),
  "no-stop": () => ({ noStop: true }),
  noisy: () => ({ noisy: true }),
  split: (n) => ({ splitBytes: n ?? 1 }),
  crlf: () => ({ crlf: true }),
  echo: () => ({ echo: true }),
};

interface MoodSources {
  model: string;
  headers: IncomingHttpHeaders;
  metadata: unknown;
  /** The mood set for everybody by `POST /__mock/mood`. */
  standing: string;
}

/** The mood of a request: sentinel model `mock-…`, header `x-mock-mood`, `metadata.mock`, the standing mood; later ones add. */
export function readMood(sources: MoodSources): Mood {
  const named = sources.model.startsWith("mock-") ? sources.model.slice("mock-".length) : "";
  const header = text(sources.headers["x-mock-mood"]);
  const inBody = sources.metadata === undefined ? "" : text(record(sources.metadata).mock);
  if (!named && !header && !inBody && !sources.standing) return honest;
  const names = [named, inBody, sources.standing, header].flatMap((part) => part.split(","));
  let mood = honest;
  for (const name of names) mood = { ...mood, ...parseMood(name.trim(), sources.model) };
  return mood;
}

/** Whether `mock-<name>` is a sentinel; anything else that starts with `mock-` is an unknown model. */
export function isSentinel(model: string): boolean {
  return model.startsWith("mock-") && splitMood(model.slice("mock-".length)) !== null;
}

/** `cut-after-3@claude-haiku-5-5` applies only when that model was asked of the upstream. */
function parseMood(text: string, model: string): Partial<Mood> {
  if (text === "") return {};
  const [name = "", onlyFor] = text.split("@");
  if (onlyFor !== undefined && onlyFor !== model) return {};
  const split = splitMood(name);
  return split === null ? {} : split.build(split.number);
}

function splitMood(name: string): { build: (n: number | null) => Partial<Mood>; number: number | null } | null {
  const whole = moods[name];
  if (whole) return { build: whole, number: null };
  const match = /^(.+)-(\d+)$/.exec(name);
  const build = match?.[1] === undefined ? undefined : moods[match[1]];
  return build === undefined || match === null ? null : { build, number: Number(match[2]) };
}
