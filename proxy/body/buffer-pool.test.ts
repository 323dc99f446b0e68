import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.ts";

const STEP = 32 * 1024;

describe("the pool of body buffers", () => {
  it("reuses a released buffer for the next body of about the same length", () => {
    const memory = new BufferPool();
    const first = memory.take(150_000);
    memory.give(first.subarray(100, 140_000));
    expect(memory.take(140_000).buffer).toBe(first.buffer);
  });

  it("never gives a buffer to two bodies at once, nor one that is too small", () => {
    const memory = new BufferPool();
    const first = memory.take(STEP);
    memory.give(first);
    const second = memory.take(STEP + 1);
    const third = memory.take(10);
    expect(new Set([second.buffer, third.buffer]).size).toBe(2);
    expect(third.buffer).toBe(first.buffer);
    expect(second.length).toBeGreaterThan(STEP);
    expect(memory.take(10).buffer).not.toBe(third.buffer);
  });

  it("keeps the pool bounded: large buffers and surplus ones go to the garbage collector", () => {
    const memory = new BufferPool();
    const large = memory.take(2 * 1024 * 1024);
    memory.give(large);
    expect(memory.take(2 * 1024 * 1024).buffer).not.toBe(large.buffer);

    const many = Array.from({ length: 40 }, () => memory.take(1024 * 1024));
    for (const one of many) memory.give(one);
    const given = new Set(many.map(({ buffer }) => buffer));
    const again = Array.from({ length: 40 }, () => memory.take(1024 * 1024));
    expect(again.filter(({ buffer }) => given.has(buffer))).toHaveLength(16);
  });
});
