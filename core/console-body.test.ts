import { expect, it } from "vitest";
import { isTooDeep } from "./console-body.ts";

const nested = (levels: number, inner = "") => "[".repeat(levels) + inner + "]".repeat(levels);

it("takes 64 levels of objects and lists, and no further one", () => {
  expect(isTooDeep(nested(64))).toBe(false);
  expect(isTooDeep(nested(65))).toBe(true);
  expect(isTooDeep('{"a":'.repeat(65))).toBe(true);
});

it("counts levels and not brackets: neither side by side nor in text", () => {
  expect(isTooDeep(`[${"[],{},".repeat(1_000)}1]`)).toBe(false);
  expect(isTooDeep(JSON.stringify({ toml: `\\"${nested(500)}` }))).toBe(false);
});
