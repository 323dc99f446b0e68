import { describe, expect, it } from "vitest";
import { classifyEnding } from "./stream-end.ts";

const facts = { status: 200, isComplete: false, sawError: false, clientLeft: false, upstreamBroke: false };

describe("classifyEnding", () => {
  it.each([
    ["complete", { isComplete: true }],
    ["complete", { isComplete: true, clientLeft: true }],
    ["cancelled", { clientLeft: true }],
    ["cancelled", { clientLeft: true, status: 499 }],
    ["truncated", {}],
    ["truncated", { upstreamBroke: true }],
    ["truncated", { upstreamBroke: true, status: 502 }],
    ["error", { status: 400, isComplete: true }],
    ["error", { status: 529 }],
    ["error", { sawError: true, isComplete: true }],
  ])("calls it %s: %o", (ending, change) => {
    expect(classifyEnding({ ...facts, ...change })).toBe(ending);
  });
});
