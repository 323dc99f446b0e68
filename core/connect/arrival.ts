import { unmapped } from "../access/counted-address.ts";

/** What kept a request from being served as its sender wanted. */
export type ArrivalReason =
  | "no-key"
  | "bad-key"
  /** A secret of ours that is no proxy key, or that stands in a header where none is read. */
  | "misplaced-key"
  /** A proxy key in the right header, with quotes, a second `Bearer` or other text around it. */
  | "wrapped-key"
  /** A live proxy key alone, where the operator has none for the provider. */
  | "own-missing"
  /** Passed on without a proxy key, and answered with 401 there. */
  | "by-provider"
  | "wrong-host"
  | "wrong-path"
  | LimitReason
  | "refused";

const limitReasons = ["too-fast", "too-many-open", "budget-taken", "budget-spent", "not-for-this"] as const;

/** The limit that stood in its way, of the key or of whom it counts for. The answer to the caller names the holder. */
export type LimitReason = (typeof limitReasons)[number];

export const isLimitReason = (text: string): text is LimitReason => (limitReasons as readonly string[]).includes(text);

/** Record of a request that was refused and names no person, for the Connect page. Never a secret. */
export interface Arrival {
  atMs: number;
  /** Source address, so that only people at that address see it. */
  address: string;
  reason: ArrivalReason;
  /** `Claude Code 2.1.88`; null for a client that does not identify itself. */
  client: string | null;
  /** Whether it carried a provider credential, of a login or of an account. */
  hasOwnCredential: boolean;
  method: string;
  /** Path without query, reduced to known API words: see `plainPath`. */
  path: string;
}

export const ARRIVAL_KEPT_MS = 15 * 60_000;
const ARRIVALS_MAX = 100;

/** Segments of which a misspelt API address may consist. Any other segment may be a name, an id or a secret. */
const API_WORDS: ReadonlySet<string> = new Set(
  ["v1", "api", "messages", "count_tokens", "batches", "models", "files", "organizations", "sessions"].concat([
    "complete",
    "completions",
    "chat",
    "responses",
    "embeddings",
    "anthropic",
    "claude",
    "p",
    "t",
    "..",
    ".",
  ]),
);

/** Replaces every segment of a path that is no API word by `…`. That is enough to see what is wrong with an address. */
export const plainPath = (path: string): string =>
  path
    .split("/")
    .slice(0, 12)
    .map((segment) => (segment === "" || API_WORDS.has(segment.toLowerCase()) ? segment : "…"))
    .join("/");

/** Merges arrivals: the newest of each kind from each address, newest first, without expired ones. */
export function joinedArrivals(arrivals: readonly Arrival[], nowMs: number): Arrival[] {
  const newest = new Map<string, Arrival>();
  for (const arrival of [...arrivals].sort((a, b) => b.atMs - a.atMs)) {
    const key = `${arrival.address} ${arrival.reason} ${arrival.client}`;
    if (arrival.atMs > nowMs - ARRIVAL_KEPT_MS && !newest.has(key)) newest.set(key, arrival);
  }
  return [...newest.values()].slice(0, ARRIVALS_MAX);
}

/** Parses stored arrivals; none for a text of another release. */
export function readArrivals(text: string | null): Arrival[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter((entry) => typeof entry?.atMs === "number" && entry.address) : [];
  } catch {
    return [];
  }
}

/** Whether two addresses are the same machine: one machine reaches itself by several addresses. */
export function isSameAddress(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

const plain = (address: string): string => {
  const short = unmapped(address);
  return short === "::1" || short.startsWith("127.") ? "loopback" : short;
};
