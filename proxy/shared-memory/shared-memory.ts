// Long because the scripts that Redis runs stand beside the calls that use them.

import { createRequire } from "node:module";
import type { Redis } from "ioredis";
import { Seal } from "#store/seal.ts";
import type { Log } from "../process/log.ts";

/** A token bucket: at most `capacity`, refilled by `refillPerSecond` each second. */
export interface TokenBucket {
  key: string;
  capacity: number;
  refillPerSecond: number;
}

type SharedMemoryState =
  | { kind: "none" }
  /** `away`: every call returns at once as if the memory were empty. `address` holds no credential. */
  | { kind: "up" | "away"; address: string; failures: number; ignored: number };

/**
 * Memory shared by the instances: responses, pins, counters. A convenience, never a need: each call returns within 200
 * ms, and every fault of the other side (absent, slow, flushed, full of foreign values) looks like an empty memory.
 * Nothing here throws. Keys are `area:…` of letters, digits and `_.:-`.
 */
export interface SharedMemory {
  /** Whether a call is worth making now. */
  readonly isUp: boolean;
  get(key: string): Promise<Buffer | null>;
  /** Stores a value; true when others can read it now. Readable only with this installation's secret. */
  set(key: string, value: Uint8Array, ttlMs: number): Promise<boolean>;
  /** Adds to a counter that expires `windowMs` after its first addition; the new sum, or null. */
  add(key: string, amount: number, windowMs: number): Promise<number | null>;
  /**
   * Takes a token of each bucket by the other side's clock, or none of any. Returns how long to wait for each, 0 where
   * there was one. Null: decide by this instance's state alone.
   */
  takeTokens(buckets: readonly TokenBucket[]): Promise<readonly number[] | null>;
  /**
   * Deletes every key of this installation that matches, `*` standing for anything; how many, or null if it could not
   * finish.
   */
  deleteMatching(pattern: string): Promise<number | null>;
  state(): SharedMemoryState;
  close(): void;
}

/** The empty memory of an instance that does not share. */
export const NO_SHARED_MEMORY: SharedMemory = {
  isUp: false,
  get: async () => null,
  set: async () => false,
  add: async () => null,
  takeTokens: async () => null,
  deleteMatching: async () => null,
  state: () => ({ kind: "none" }),
  close: () => {},
};

interface SharedMemoryOptions {
  /** `redis://` or `rediss://`; may hold a password, which goes nowhere else. */
  url: string;
  /** The installation's secret, equal on every instance that shares. */
  secret: string;
  log: Log;
}

/** Connects in the background; usable at once, and empty until the other side responds. */
export function connectSharedMemory(options: SharedMemoryOptions): SharedMemory {
  return new RedisMemory(options);
}

const BUDGET_MS = 200;
const FAILURES_TO_REST = 5;
const REST_MS = 1_000;
const REST_MS_MAX = 15_000;
const CONNECT_MS = 2_000;
/**
 * Idle time after which a server that no request has asked is asked. `/health` and metrics then never show an old
 * answer.
 */
const IDLE_MS = 5_000;
/**
 * Limit of pending calls. Beyond it, further calls are not made, since a late response is not wanted, and costs memory.
 */
const IN_FLIGHT_MAX = 512;
const SCAN_COUNT = "500";

/**
 * Lua, in every script, that deletes a key of a foreign type. Such a key could not be distinguished from a limit that
 * never ends.
 */
const FORGET_FOREIGN = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= WANTED then redis.call('DEL', KEYS[1]) end`;

const ADD = `${FORGET_FOREIGN.replace("WANTED", "'string'")}
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(sum) == 'table' then
  redis.call('DEL', KEYS[1])
  sum = redis.call('INCRBY', KEYS[1], ARGV[1])
end
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return sum`;

/** Takes tokens. Every bucket is checked before anything is taken of one: a script runs alone. */
const TAKE = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local left, waits, isTaken = {}, {}, true
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'hash' then redis.call('DEL', key) end
  local capacity, perMs = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i]) / 1000
  local kept = redis.call('HMGET', key, 'left', 'at')
  local before = tonumber(kept[1] or capacity) or capacity
  local at = tonumber(kept[2] or nowMs) or nowMs
  left[i] = math.min(capacity, before + math.max(0, nowMs - at) * perMs)
  waits[i] = left[i] >= 1 and 0 or math.ceil((1 - left[i]) / perMs)
  if waits[i] > 0 then isTaken = false end
end
for i, key in ipairs(KEYS) do
  local capacity, perMs = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i]) / 1000
  if isTaken then left[i] = left[i] - 1 end
  redis.call('HSET', key, 'left', tostring(left[i]), 'at', string.format('%d', nowMs))
  redis.call('PEXPIRE', key, math.ceil((capacity - left[i]) / perMs) + 1000)
end
return waits`;

/**
 * The one client of Redis. Five failures in a row open its circuit breaker: no call is made until a probe, sent at
 * growing intervals, is answered in time.
 */
class RedisMemory implements SharedMemory {
  isUp = false;
  private readonly redis: Redis;
  private readonly seal: Seal;
  private readonly prefix: string;
  private readonly address: string;
  private readonly log: Log;
  private failures = 0;
  private failuresInRow = 0;
  private ignored = 0;
  private inFlight = 0;
  private restMs = REST_MS;
  private probeTimer: NodeJS.Timeout | null = null;
  private readonly idleTimer: NodeJS.Timeout;
  private repliedTick = 0;
  private isClosed = false;

  constructor({ url, secret, log }: SharedMemoryOptions) {
    this.log = log;
    this.address = new URL(url).host;
    this.seal = new Seal(secret);
    this.prefix = `cco1:${this.seal.installation}:`;
    // Loaded on demand, since most installations have no Redis. It is a sixth of what a process loads at its start.
    const { Redis } = createRequire(import.meta.url)("ioredis") as typeof import("ioredis");
    this.redis = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: BUDGET_MS,
      connectTimeout: CONNECT_MS,
      disableClientInfo: true,
      retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 6), 5_000),
    });
    // The error's text may hold its credential: only that it failed is of use, and `probe` notices.
    this.redis.on("error", () => {});
    this.redis.on("ready", () => void this.probe());
    this.redis.on("close", () => this.rest());
    this.redis.connect().catch(() => {});
    this.probeLater();
    this.idleTimer = setInterval(() => void this.checkIdle(), IDLE_MS);
    this.idleTimer.unref();
  }

  async get(key: string): Promise<Buffer | null> {
    const name = this.prefix + key;
    const sealed = await this.ask(() => this.redis.getBuffer(name));
    if (sealed === null) return null;
    const value = this.seal.open(name, sealed);
    if (value === null) this.ignored++;
    return value;
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<boolean> {
    if (!this.isUp || ttlMs < 1) return false;
    const name = this.prefix + key;
    const sealed = this.seal.close(name, value);
    return (await this.ask(() => this.redis.set(name, sealed, "PX", Math.ceil(ttlMs)))) === "OK";
  }

  async add(key: string, amount: number, windowMs: number): Promise<number | null> {
    const sum = await this.ask(() =>
      this.redis.eval(ADD, 1, this.prefix + key, Math.round(amount), Math.ceil(windowMs)),
    );
    return typeof sum === "number" ? sum : null;
  }

  async takeTokens(buckets: readonly TokenBucket[]): Promise<readonly number[] | null> {
    const names = buckets.map(({ key }) => this.prefix + key);
    const sizes = buckets.flatMap(({ capacity, refillPerSecond }) => [capacity, refillPerSecond]);
    const reply = await this.ask(() => this.redis.eval(TAKE, names.length, ...names, ...sizes));
    const waits = Array.isArray(reply) ? reply.map(Number) : [];
    return waits.length === buckets.length ? waits : null;
  }

  async deleteMatching(pattern: string): Promise<number | null> {
    let cursor = "0";
    let deleted = 0;
    do {
      const at = cursor;
      const page = await this.ask(() => this.redis.scan(at, "MATCH", this.prefix + pattern, "COUNT", SCAN_COUNT));
      if (page === null) return null;
      const [next, names] = page;
      if (names.length > 0) deleted += (await this.ask(() => this.redis.unlink(...names))) ?? 0;
      cursor = next;
    } while (cursor !== "0");
    return deleted;
  }

  state(): SharedMemoryState {
    const { address, failures, ignored } = this;
    return { kind: this.isUp ? "up" : "away", address, failures, ignored };
  }

  close(): void {
    this.isClosed = true;
    this.isUp = false;
    if (this.probeTimer !== null) clearTimeout(this.probeTimer);
    clearInterval(this.idleTimer);
    this.redis.disconnect();
  }

  private async ask<T>(command: () => Promise<T>): Promise<T | null> {
    if (!this.isUp || this.inFlight >= IN_FLIGHT_MAX) return null;
    this.inFlight++;
    try {
      const reply = await command();
      this.failuresInRow = 0;
      this.repliedTick = performance.now();
      return reply;
    } catch (problem) {
      if (isForeignValue(problem)) this.ignored++;
      else this.failed();
      return null;
    } finally {
      this.inFlight--;
    }
  }

  private failed(): void {
    this.failures++;
    this.failuresInRow++;
    if (this.failuresInRow >= FAILURES_TO_REST) this.rest();
  }

  private rest(): void {
    if (this.isUp) {
      this.isUp = false;
      this.log.warn({ address: this.address }, "the shared memory does not answer: this instance goes by its own");
    }
    this.probeLater();
  }

  private probeLater(): void {
    if (this.isClosed || this.probeTimer !== null) return;
    this.probeTimer = setTimeout(() => {
      this.probeTimer = null;
      void this.probe();
    }, this.restMs);
    this.probeTimer.unref();
    this.restMs = Math.min(this.restMs * 2, REST_MS_MAX);
  }

  private async checkIdle(): Promise<void> {
    if (!this.isUp || performance.now() - this.repliedTick < IDLE_MS) return;
    if ((await this.ask(() => this.redis.ping())) === null && this.failuresInRow > 0) this.rest();
  }

  /** Sends a probe in the background, so that no request has to find out. */
  private async probe(): Promise<void> {
    if (this.isUp || this.isClosed) return;
    const { status } = this.redis;
    // Still in the middle of a handshake: that connection leads nowhere. (The client itself replaces lost ones.)
    if (status === "connect") this.redis.disconnect(true);
    if (status !== "ready") return this.probeLater();
    try {
      // The client itself goes on in database 0 where the server has none of this number: that is another one.
      const { db = 0 } = this.redis.options;
      if (db > 0) await this.redis.select(db);
      await this.redis.ping();
    } catch {
      this.failures++;
      if (!this.isClosed && this.redis.status === "ready") this.redis.disconnect(true);
      return this.probeLater();
    }
    if (this.isClosed) return;
    this.isUp = true;
    this.failuresInRow = 0;
    this.restMs = REST_MS;
    this.log.info({ address: this.address }, "the shared memory answers");
  }
}

/** The key holds a value, but nothing of ours: the other side works. */
function isForeignValue(problem: unknown): boolean {
  return problem instanceof Error && /^(WRONGTYPE|ERR value is not an integer)/.test(problem.message);
}
