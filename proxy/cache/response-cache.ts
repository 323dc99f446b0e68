import { LRUCache } from "lru-cache";
import type { CacheKey } from "#core/cache/cache-key.ts";
import type { CachedEntry, CacheReport } from "#core/cache/cache-report.ts";
import type { NeverReason } from "#core/cache/cacheable.ts";
import { type CachePurges, isPurged, NO_PURGES } from "#core/cache/purges.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { SharedMemory } from "../shared-memory/shared-memory.ts";
import { type CachedResponse, measureMemory, packed, unpacked } from "./cached-response.ts";
import { formatSharedKey, patternOfLast, type SharedKeyFields } from "./shared-keys.ts";

/**
 * Clock tolerance. A response that is newer than now by more than this was stored before the clock was set back: its
 * age is unknown.
 */
const CLOCK_SKEW_MS = 5_000;

export type CacheSettings = RuleSet["cache"];

/** Counters of this process's cache since its start, and its current contents. */
type CacheFigures = Omit<CacheReport, "shared" | "entries">;

interface ResponseCacheOptions {
  settings: CacheSettings;
  shared: SharedMemory;
  now(): number;
}

interface Stored {
  answer: CachedResponse;
  hits: number;
}

const MEGABYTE = 1024 * 1024;
/** Size limit of an entry: a larger response is rare, and would evict hundreds of others. */
export const ANSWER_BYTES_MAX = 2 * MEGABYTE;
/**
 * Budget for responses being received at one moment, so that a thousand open streams cannot hold a thousand responses
 * twice.
 */
const RECORDING_BYTES_MAX = 32 * MEGABYTE;

/**
 * LRU cache of whole responses by exact key, bounded by their bytes. A change of the rules file's settings takes effect
 * at once: a response older than the current time to live is not served, one over the limit is evicted, and a disabled
 * cache is empty. The process's own memory comes first; a configured shared memory holds the responses of other
 * instances.
 */
export class ResponseCache {
  private settings: CacheSettings;
  private readonly shared: SharedMemory;
  private readonly now: () => number;
  private answers: LRUCache<CacheKey, Stored>;
  /** Keys by the time they were stored, oldest first: expired ones are always at the front. */
  private readonly byAge = new Map<CacheKey, number>();
  /** The last purge known; null until the database has reported. */
  private purges: CachePurges | null = null;
  private recordingBytes = 0;
  private readonly since = {
    hits: 0,
    misses: 0,
    stored: 0,
    evictions: 0,
    tokensAvoided: 0,
    timeAvoidedMs: 0,
    bypasses: {} as Partial<Record<NeverReason, number>>,
  };

  constructor({ settings, shared, now }: ResponseCacheOptions) {
    this.settings = settings;
    this.shared = shared;
    this.now = now;
    this.answers = this.newAnswers(settings.maxMb);
  }

  /** The purge number for requests that start from now on. */
  get purgeSerial(): number {
    return this.purges?.serial ?? 0;
  }

  obey(settings: CacheSettings): void {
    const before = this.settings;
    this.settings = settings;
    if (!settings.enabled) this.forgetAll();
    else if (settings.maxMb !== before.maxMb) this.resize(settings.maxMb);
  }

  /** Drops purged responses, here and, where they still are, in the shared memory. */
  applyPurges(purges: CachePurges): void {
    if (purges.serial === this.purges?.serial) return;
    const isNews = this.purges !== null;
    this.purges = purges;
    for (const [key, { answer }] of [...this.answers.entries()]) if (isPurged(answer, purges)) this.answers.delete(key);
    // A purged response would not be served any more; a purge also means that it is gone. Purges from before this process
    // began are done.
    if (isNews) void this.shared.deleteMatching(patternOfLast(purges));
  }

  /** Finds the response under this key in this process's own memory. */
  find(key: CacheKey): CachedResponse | null {
    this.expire();
    const stored = this.answers.get(key);
    if (stored === undefined) return null;
    stored.hits++;
    return stored.answer;
  }

  /** Finds the response another instance has stored. Never takes longer than the timeout of the shared memory. */
  async findShared(key: CacheKey, place: SharedKeyFields): Promise<CachedResponse | null> {
    if (!this.shared.isUp) return null;
    const bytes = await this.shared.get(formatSharedKey(key, place));
    const answer = bytes === null ? null : unpacked(bytes);
    if (answer === null || !this.isFresh(answer)) return null;
    this.put(key, answer, 1);
    return answer;
  }

  keep(key: CacheKey, answer: CachedResponse, place: SharedKeyFields): void {
    if (!this.isFresh(answer)) return;
    this.since.stored++;
    this.put(key, answer, 0);
    if (this.shared.isUp)
      void this.shared.set(formatSharedKey(key, place), packed(answer), this.settings.ttlSeconds * 1000);
  }

  /** Reserves memory for a chunk of a response being received; false when there is none. */
  takeRoom(bytes: number): boolean {
    if (this.recordingBytes + bytes > RECORDING_BYTES_MAX) return false;
    this.recordingBytes += bytes;
    return true;
  }

  giveRoom(bytes: number): void {
    this.recordingBytes -= bytes;
  }

  noteBypass(reason: NeverReason): void {
    this.since.bypasses[reason] = (this.since.bypasses[reason] ?? 0) + 1;
  }

  noteMiss(): void {
    this.since.misses++;
  }

  noteHit({ meter, tookMs }: CachedResponse): void {
    const { usage } = meter.tally;
    this.since.hits++;
    this.since.timeAvoidedMs += tookMs;
    this.since.tokensAvoided +=
      usage.inputTokens +
      usage.cacheReadTokens +
      usage.cacheWrite5mTokens +
      usage.cacheWrite1hTokens +
      usage.outputTokens;
  }

  /** Clears this process's own responses; returns how many. Others are reached by a purge. */
  clear(): number {
    const { size } = this.answers;
    this.forgetAll();
    return size;
  }

  figures(): CacheFigures {
    this.expire();
    const { answers, settings, since } = this;
    const bytesMax = settings.enabled ? Math.floor(settings.maxMb * MEGABYTE) : 0;
    return { items: answers.size, bytes: answers.calculatedSize, bytesMax, ...since, bypasses: { ...since.bypasses } };
  }

  /** The responses used last, at most `limit` of them. */
  entries(limit: number): CachedEntry[] {
    this.expire();
    const entries: CachedEntry[] = [];
    for (const { answer, hits } of this.answers.values()) {
      if (entries.length === limit) break;
      const { servedModel, endpoint, storedAtMs } = answer;
      entries.push({ model: servedModel, endpoint, storedAtMs, bytes: measureMemory(answer), hits });
    }
    return entries;
  }

  private newAnswers(maxMb: number): LRUCache<CacheKey, Stored> {
    return new LRUCache<CacheKey, Stored>({
      maxSize: Math.floor(maxMb * MEGABYTE),
      sizeCalculation: ({ answer }) => measureMemory(answer),
      dispose: (_stored, key, reason) => {
        if (reason === "evict") this.since.evictions++;
        if (reason !== "set") this.byAge.delete(key);
      },
    });
  }

  private put(key: CacheKey, answer: CachedResponse, hits: number): void {
    this.expire();
    this.byAge.delete(key);
    this.byAge.set(key, answer.storedAtMs);
    this.answers.set(key, { answer, hits });
  }

  private isFresh(answer: CachedResponse): boolean {
    const { enabled, ttlSeconds } = this.settings;
    const ageMs = this.now() - answer.storedAtMs;
    return (
      enabled && ageMs > -CLOCK_SKEW_MS && ageMs < ttlSeconds * 1000 && !isPurged(answer, this.purges ?? NO_PURGES)
    );
  }

  private expire(): void {
    const nowMs = this.now();
    const oldestMs = nowMs - this.settings.ttlSeconds * 1000;
    for (const [key, storedAtMs] of this.byAge) {
      if (storedAtMs > oldestMs && storedAtMs - nowMs < CLOCK_SKEW_MS) break;
      this.answers.delete(key);
      this.byAge.delete(key);
    }
  }

  private resize(maxMb: number): void {
    const before = this.answers;
    this.answers = this.newAnswers(maxMb);
    for (const key of before.rkeys()) {
      const stored = before.peek(key);
      if (stored !== undefined) this.answers.set(key, stored);
    }
    for (const key of this.byAge.keys()) if (!this.answers.has(key)) this.byAge.delete(key);
  }

  private forgetAll(): void {
    this.answers.clear();
    this.byAge.clear();
  }
}
