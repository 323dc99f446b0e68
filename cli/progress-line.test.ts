import { expect, it } from "vitest";
import { ProgressLine } from "./progress-line.ts";

function record(isTTY: boolean) {
  const written: string[] = [];
  let nowMs = 0;
  const stream = { isTTY, write: (text: string) => written.push(text) };
  const line = new ProgressLine("events verified", stream, () => nowMs);
  const sayAt = (ms: number, done: number, expected: number) => {
    nowMs = ms;
    line.say(done, expected);
  };
  return { written, line, sayAt };
}

it("without a terminal a line of progress is written every ten seconds, and none before", () => {
  const { written, line, sayAt } = record(false);
  for (let ms = 0; ms <= 25_000; ms += 500) sayAt(ms, ms * 20, 1_000_000);
  line.end();

  expect(written).toEqual([
    "200,000 of 1,000,000 (20 %) events verified, 20,000 a second\n",
    "400,000 of 1,000,000 (40 %) events verified, 20,000 a second\n",
  ]);
});

it("on a terminal one line is written over, and removed in the end", () => {
  const { written, line, sayAt } = record(true);
  sayAt(100, 10, 100);
  sayAt(500, 50, 100);
  line.end();
  line.end();

  expect(written).toEqual(["\r50 of 100 (50 %) events verified, 100 a second\u001b[K", "\r\u001b[K"]);
});

it("a count beyond the expected one is said without a share", () => {
  const { written, sayAt } = record(true);
  sayAt(1000, 3000, 2000);

  expect(written).toEqual(["\r3,000 events verified, 3,000 a second\u001b[K"]);
});
