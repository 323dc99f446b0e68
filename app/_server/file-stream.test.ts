import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { fileResponse } from "./file-stream.ts";

/** Lines that are made without a wait, as those of a synchronous database are. */
async function* busyLines(count: number) {
  for (let n = 0; n < count; n += 1) {
    const until = performance.now() + 0.05;
    while (performance.now() < until);
    yield `${n}\n`;
  }
}

const file = (lines: AsyncIterable<string> | Iterable<string>) =>
  fileResponse({ fileName: "log.csv", contentType: "text/csv", lines });

it("leaves the process to others while six files are made", async () => {
  let isOver = false;
  const texts = Promise.all(Array.from({ length: 6 }, () => file(busyLines(2_000)).text()));
  void texts.then(() => {
    isOver = true;
  });
  let longestMs = 0;
  let turns = 0;
  while (!isOver) {
    const began = performance.now();
    await setImmediate();
    longestMs = Math.max(longestMs, performance.now() - began);
    turns += 1;
  }

  expect((await texts).map((text) => text.length)).toEqual(Array(6).fill((await texts)[0]?.length));
  expect((await texts)[0]?.split("\n")).toHaveLength(2_001);
  // 600 ms of work: at once, it would be a handful of turns.
  expect(turns).toBeGreaterThan(100);
  expect(longestMs).toBeLessThan(300);
});

it("sends a file of plain lines, and goes on after one that failed", async () => {
  async function* failing() {
    yield "a\n";
    throw new Error("gone");
  }
  await expect(file(failing()).text()).rejects.toThrow("gone");

  expect(await file(["a\n", "b\n"]).text()).toBe("a\nb\n");
  expect(await file([]).text()).toBe("");
});
