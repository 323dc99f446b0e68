import { createHash, type Hash } from "node:crypto";
import { isRecord, type Json, list, record, text } from "#core/untyped-json.ts";

/** Bound on remembered prefixes; the oldest is forgotten first. */
const REMEMBERED_MAX = 20_000;
const FIVE_MINUTES_MS = 5 * 60_000;
const ONE_HOUR_MS = 60 * 60_000;

export interface PromptTokens {
  input: number;
  write5m: number;
  write1h: number;
  read: number;
}

interface Boundary {
  digest: string;
  tokens: number;
  ttl: "5m" | "1h" | null;
}

/**
 * The provider's prompt cache in small. Prefixes end at `cache_control` markers, and are remembered per model for 5
 * minutes or an hour. They are found again even when the marker has moved on. Four bytes of JSON count as one token.
 */
export class PromptCache {
  private readonly expiresAtMs = new Map<string, number>();

  /** Splits the prompt into its token classes and remembers its marked prefixes. */
  use(body: Json, model: string, totalTokens: number, minCacheableTokens: number, nowMs: number): PromptTokens {
    const boundaries = listBoundaries(body, model);
    const marked = boundaries.filter((boundary) => boundary.ttl !== null && boundary.tokens >= minCacheableTokens);
    const last = marked.at(-1);
    if (last === undefined) return { input: totalTokens, write5m: 0, write1h: 0, read: 0 };

    const read = this.longestRemembered(boundaries, last.tokens, nowMs);
    const tokens = { input: Math.max(1, totalTokens - last.tokens), write5m: 0, write1h: 0, read };
    let covered = read;
    for (const boundary of marked) {
      const ttlMs = boundary.ttl === "1h" ? ONE_HOUR_MS : FIVE_MINUTES_MS;
      const fresh = Math.max(0, boundary.tokens - covered);
      tokens[boundary.ttl === "1h" ? "write1h" : "write5m"] += fresh;
      covered += fresh;
      this.remember(boundary.digest, nowMs + ttlMs);
    }
    return tokens;
  }

  clear(): void {
    this.expiresAtMs.clear();
  }

  private longestRemembered(boundaries: readonly Boundary[], tokensMax: number, nowMs: number): number {
    for (let index = boundaries.length - 1; index >= 0; index -= 1) {
      const boundary = boundaries[index];
      if (boundary === undefined || boundary.tokens > tokensMax) continue;
      if ((this.expiresAtMs.get(boundary.digest) ?? 0) > nowMs) return boundary.tokens;
    }
    return 0;
  }

  private remember(digest: string, expiresAtMs: number): void {
    this.expiresAtMs.delete(digest);
    this.expiresAtMs.set(digest, expiresAtMs);
    if (this.expiresAtMs.size <= REMEMBERED_MAX) return;
    const oldest = this.expiresAtMs.keys().next().value;
    if (oldest !== undefined) this.expiresAtMs.delete(oldest);
  }
}

/**
 * Lists the prompt's blocks in the order the provider reads them (tools, system, messages). Each has the digest of all
 * before it.
 */
function listBoundaries(body: Json, model: string): Boundary[] {
  const hash = createHash("sha1").update(model);
  const boundaries: Boundary[] = [];
  let bytes = 0;
  const add = (block: unknown, prefix: string) => {
    const plain = isRecord(block) ? { ...block, cache_control: undefined } : block;
    const json = prefix + JSON.stringify(plain);
    bytes += Buffer.byteLength(json);
    hash.update(json);
    boundaries.push({ digest: digestSoFar(hash), tokens: Math.ceil(bytes / 4), ttl: readTtl(block) });
  };
  for (const tool of list(body.tools)) add(tool, "");
  for (const block of list(body.system)) add(block, "s");
  for (const message of list(body.messages)) {
    const { role, content } = record(message);
    if (Array.isArray(content)) for (const block of content) add(block, text(role));
    else add(content, text(role));
  }
  return boundaries;
}

const digestSoFar = (hash: Hash) => hash.copy().digest("base64");

function readTtl(block: unknown): Boundary["ttl"] {
  const control = isRecord(block) ? block.cache_control : undefined;
  if (!isRecord(control)) return null;
  return control.ttl === "1h" ? "1h" : "5m";
}
