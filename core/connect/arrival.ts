/** What kept a request from being served as its sender wanted. */
export type ArrivalReason = "no-key" | "bad-key" | "wrong-host" | "wrong-path" | LimitReason | "refused";

/** The limit that stood in its way, of the key or of whom it counts for. Whose it is, the caller is told in the answer. */
export type LimitReason = "too-fast" | "too-many-open" | "budget-taken" | "budget-spent" | "not-for-this";

/** A request that was refused before it was anybody's: what a person who connects must be told of it. Never a secret. */
export interface Arrival {
  atMs: number;
  /** Where it came from, so that only people at that address are told. */
  address: string;
  reason: ArrivalReason;
  /** `Claude Code 2.1.88`; null for a client that does not name itself. */
  client: string | null;
  /** It carried a credential for the provider, of a login or of an account. */
  hasOwnCredential: boolean;
  method: string;
  /** Without its query; of what its sender wrote only the words of the API: see `plainPath`. */
  path: string;
}

export const ARRIVAL_KEPT_MS = 15 * 60_000;
const ARRIVALS_MAX = 100;

/** What a misspelt address of the API is made of. Any other segment may be a name, an id or a secret. */
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

/** A path with every segment that is no word of the API put as `…`: enough to see what is wrong with an address. */
export const plainPath = (path: string): string =>
  path
    .split("/")
    .slice(0, 12)
    .map((segment) => (segment === "" || API_WORDS.has(segment.toLowerCase()) ? segment : "…"))
    .join("/");

/** The newest of each kind from each address, newest first; those too old are left out. */
export function joinedArrivals(arrivals: readonly Arrival[], nowMs: number): Arrival[] {
  const newest = new Map<string, Arrival>();
  for (const arrival of [...arrivals].sort((a, b) => b.atMs - a.atMs)) {
    const key = `${arrival.address} ${arrival.reason} ${arrival.client}`;
    if (arrival.atMs > nowMs - ARRIVAL_KEPT_MS && !newest.has(key)) newest.set(key, arrival);
  }
  return [...newest.values()].slice(0, ARRIVALS_MAX);
}

/** As they were written down; none for a text of another release. */
export function readArrivals(text: string | null): Arrival[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter((entry) => typeof entry?.atMs === "number" && entry.address) : [];
  } catch {
    return [];
  }
}

/** One machine reaches itself by several addresses. */
export function isSameAddress(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

const plain = (address: string): string => {
  const short = address.replace(/^::ffff:/, "");
  return short === "::1" || short.startsWith("127.") ? "loopback" : short;
};
