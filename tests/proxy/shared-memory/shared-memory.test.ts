// Long because every fault of Redis is tried on one server, which is stopped and started.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { LocalKeyLimiter, SharedKeyLimiter } from "#proxy/keys/key-limiter.ts";
import type { Log } from "#proxy/process/log.ts";
import { connectSharedMemory, NO_SHARED_MEMORY, type SharedMemory } from "#proxy/shared-memory/shared-memory.ts";
import { freePort } from "#tests/support/free-port.ts";
import { heldByKey } from "#tests/support/held-by-key.ts";
import { until } from "#tests/support/proxy-process.ts";
import { type RedisServer, startRedis } from "#tests/support/redis.ts";

/** Far above the 200 ms of one call, far below "it hangs": a busy machine must not fail these. */
const SOON_MS = 2_000;
const SECRET = "a secret of this installation, 32 characters and more";
const value = Buffer.from([0, 1, 2, 255, 0, 10]);

let redis: RedisServer;
const opened: SharedMemory[] = [];
const printed: string[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const memory of opened.splice(0)) memory.close();
  await redis.client.flushall();
});
afterAll(() => redis.stop());

describe("the Redis store", () => {
  it("returns a value of another instance, byte for byte, until it expires", async () => {
    const [one, other] = [await connected(), await connected()];

    expect(await one.set("answer:a", value, 60_000)).toBe(true);
    expect(await one.set("answer:b", value, 1)).toBe(true);

    expect(await other.get("answer:a")).toEqual(value);
    await until(async () => (await other.get("answer:b")) === null);
    expect(await other.get("answer:unknown")).toBeNull();
  });

  it("is away where the server has no database of that number, and writes into no other", async () => {
    const memory = open(`${redis.url}/99`);
    const other = open(`${redis.url}/3`);
    await until(() => other.isUp && countFailures(memory) > 0);

    expect(memory.state().kind).toBe("away");
    expect(await memory.set("answer:a", value, 60_000)).toBe(false);
    expect(await redis.client.dbsize()).toBe(0);
  });

  it("counts for all instances together, in windows that start with the first addition and expire", async () => {
    const [one, other] = [await connected(), await connected()];

    await one.add("rate:x", 2, 60_000);

    expect(await other.add("rate:x", 3, 60_000)).toBe(5);
    await one.add("rate:y", 1, 20);
    await until(async () => (await one.add("rate:y", 1, 20)) === 1);
  });

  it("shares the tokens of one bucket among instances without exceeding it", async () => {
    const memories = [await connected(), await connected()];
    const bucket = { key: "bucket:x", capacity: 10, refillPerSecond: 0.001 };

    const takings = await Promise.all(
      Array.from({ length: 30 }, (_, number) => memories[number % 2]?.takeTokens([bucket])),
    );

    expect(takings.filter((waits) => waits?.[0] === 0)).toHaveLength(10);
    expect(takings.find((waits) => waits?.[0] !== 0)?.[0]).toBeGreaterThan(900_000);
  });

  it("takes a token of every bucket or of none, and returns the wait of each", async () => {
    const memory = await connected();
    const narrow = { key: "bucket:narrow", capacity: 2, refillPerSecond: 0.001 };
    const wide = { key: "bucket:wide", capacity: 3, refillPerSecond: 0.001 };

    for (let at = 0; at < 2; at++) expect(await memory.takeTokens([wide, narrow])).toEqual([0, 0]);
    for (let at = 0; at < 5; at++)
      expect(await memory.takeTokens([wide, narrow])).toEqual([0, expect.closeTo(1_000_000, -4)]);

    expect(await memory.takeTokens([wide])).toEqual([0]);
    expect((await memory.takeTokens([wide]))?.[0]).toBeGreaterThan(900_000);
  });

  it("refills a bucket over time", async () => {
    const memory = await connected();
    const bucket = { key: "bucket:y", capacity: 1, refillPerSecond: 20 };
    expect(await memory.takeTokens([bucket])).toEqual([0]);

    await until(async () => (await memory.takeTokens([bucket]))?.[0] === 0);
  });

  it("deletes keys that match a pattern, and no others", async () => {
    const memory = await connected();
    for (let number = 0; number < 1_200; number++) void redis.client.set(`filler:${number}`, "x");
    for (const key of ["answer:p1:a", "answer:p1:b", "answer:p2:c"]) await memory.set(key, value, 60_000);

    expect(await memory.deleteMatching("answer:p1:*")).toBe(2);

    expect(await memory.get("answer:p1:a")).toBeNull();
    expect(await memory.get("answer:p2:c")).toEqual(value);
    expect(await redis.client.dbsize()).toBe(1_201);
  });

  it("is neither readable nor forgeable by a writer of the server", async () => {
    const memory = await connected();
    await memory.set("answer:a", Buffer.from("a private answer"), 60_000);
    await memory.set("answer:b", value, 60_000);
    const [nameOfA = "", nameOfB = ""] = (await redis.client.keys("*")).sort();
    const sealed = (await redis.client.getBuffer(nameOfA)) ?? Buffer.alloc(0);

    expect(sealed.includes("private")).toBe(false);
    const flipped = Buffer.from(sealed);
    flipped[14] = (flipped[14] ?? 0) ^ 1;
    for (const forged of [flipped, sealed.subarray(0, 20), sealed.subarray(0, -1), Buffer.from("x"), Buffer.alloc(0)]) {
      await redis.client.set(nameOfA, forged);
      expect(await memory.get("answer:a")).toBeNull();
    }
    await redis.client.set(nameOfB, sealed);
    expect(await memory.get("answer:b")).toBeNull();
    expect(memory.state()).toMatchObject({ kind: "up", failures: 0, ignored: 6 });
  });

  it("separates installations with different secrets on one server", async () => {
    const ours = await connected();
    const theirs = await connected("another secret, just as long as the first one was");
    await ours.set("answer:a", value, 60_000);

    expect(await theirs.get("answer:a")).toBeNull();
    expect(await theirs.deleteMatching("*")).toBe(0);
    expect(await ours.get("answer:a")).toEqual(value);
  });

  it("ignores values of a foreign type and stays up", async () => {
    const memory = await connected();
    for (const key of ["answer:a", "rate:a", "bucket:a"]) await memory.set(key, value, 60_000);
    for (const name of await redis.client.keys("*")) {
      await redis.client.del(name);
      await redis.client.rpush(name, "not", "ours");
    }

    for (let round = 0; round < 10; round++) expect(await memory.get("answer:a")).toBeNull();
    expect(await memory.add("rate:a", 1, 60_000)).toBe(1);
    expect(await memory.takeTokens([{ key: "bucket:a", capacity: 2, refillPerSecond: 1 }])).toEqual([0]);
    expect(await memory.set("answer:a", value, 60_000)).toBe(true);
    expect(await memory.get("answer:a")).toEqual(value);
    expect(memory.state()).toMatchObject({ kind: "up", failures: 0 });
  });

  it("is empty after a flush and continues", async () => {
    const memory = await connected();
    await memory.set("answer:a", value, 60_000);

    await redis.client.flushall();

    expect(await memory.get("answer:a")).toBeNull();
    expect(await memory.set("answer:a", value, 60_000)).toBe(true);
  });

  it("T22: gives a key no more than one minute's requests per instance, however often it is flushed", async () => {
    const instances = [await connected(), await connected()].map(
      (memory) => new SharedKeyLimiter(memory, new LocalKeyLimiter(() => 0)),
    );
    const held = heldByKey("flushed", { ...NO_LIMITS, requestsPerMinute: 30 });
    const hammer = async () => {
      let admitted = 0;
      for (let at = 0; at < 100; at++)
        if ((await instances[at % instances.length]?.enter(held, "metered"))?.kind === "in") admitted++;
      return admitted;
    };

    // Redis refills by its own clock: one more in two seconds.
    const first = await hammer();
    expect(first).toBeGreaterThanOrEqual(30);
    expect(first).toBeLessThanOrEqual(32);
    let admitted = first;
    for (let flush = 0; flush < 3; flush++) {
      await redis.client.flushall();
      admitted += await hammer();
    }

    expect(admitted).toBe(60);
  });

  it("answers in time while the server is stopped, stops asking it, and reconnects", async () => {
    const memory = await connected();
    await memory.set("answer:a", value, 60_000);
    redis.signal("SIGSTOP");
    try {
      const startedAt = performance.now();
      const found = await Promise.all(Array.from({ length: 50 }, () => memory.get("answer:a")));
      const tookMs = performance.now() - startedAt;

      expect(found.every((one) => one === null)).toBe(true);
      expect(tookMs).toBeLessThan(SOON_MS);
      expect(memory.isUp).toBe(false);
      expect(await memory.set("answer:b", value, 60_000)).toBe(false);
      expect(await memory.deleteMatching("*")).toBeNull();
    } finally {
      redis.signal("SIGCONT");
    }
    await until(() => memory.isUp);
    expect(await memory.get("answer:a")).toEqual(value);
  });

  it("notices a server that hangs although no request asks it", async () => {
    const memory = await connected();
    redis.signal("SIGSTOP");
    try {
      await until(() => memory.state().kind === "away");
    } finally {
      redis.signal("SIGCONT");
    }
    await until(() => memory.isUp);
  });

  it("loses only its content when the server is killed, and connects to the next one", async () => {
    const memory = await connected();
    await memory.set("answer:a", value, 60_000);

    redis.signal("SIGKILL");

    await until(() => !memory.isUp);
    expect(await memory.get("answer:a")).toBeNull();
    expect(await memory.add("rate:x", 1, 1000)).toBeNull();
    await redis.startAgain();
    await until(() => memory.isUp);
    expect(await memory.set("answer:a", value, 60_000)).toBe(true);
  });

  it("is usable and empty while its address refuses connections", async () => {
    const memory = open(`redis://127.0.0.1:${await freePort()}`);

    expect(await memory.get("answer:a")).toBeNull();
    expect(await memory.set("answer:a", value, 1000)).toBe(false);
    expect(memory.state()).toMatchObject({ kind: "away" });
  });

  it("never discloses the server's password, right or wrong", async () => {
    const guarded = await startRedis("hunter2-the-password");
    try {
      const right = open(guarded.url);
      const wrong = open(guarded.url.replace("hunter2", "wrong2"));
      await until(() => right.isUp);
      await until(() => (wrong.state().kind === "away" ? wrong : null));
      expect(await wrong.get("answer:a")).toBeNull();

      const output = printed.join("\n") + JSON.stringify([right.state(), wrong.state()]);

      expect(output).toContain(`127.0.0.1:${guarded.port}`);
      expect(output).not.toMatch(/the-password/);
    } finally {
      await guarded.stop();
    }
  });

  it("is empty where none is configured", async () => {
    expect(await NO_SHARED_MEMORY.get("answer:a")).toBeNull();
    expect(await NO_SHARED_MEMORY.set("answer:a", value, 1000)).toBe(false);
    expect(NO_SHARED_MEMORY.state()).toEqual({ kind: "none" });
  });
});

function countFailures(memory: SharedMemory): number {
  const state = memory.state();
  return state.kind === "none" ? 0 : state.failures;
}

async function connected(secret = SECRET): Promise<SharedMemory> {
  const memory = open(redis.url, secret);
  await until(() => memory.isUp);
  return memory;
}

function open(url: string, secret = SECRET): SharedMemory {
  const note = (fields: object, message: string) => void printed.push(message + JSON.stringify(fields));
  const log: Log = {
    error: note,
    warn: note,
    info: note,
    debug: note,
    line: (text) => void printed.push(text),
    isDebug: true,
    flush: () => {},
  };
  const memory = connectSharedMemory({ url, secret, log });
  opened.push(memory);
  return memory;
}
