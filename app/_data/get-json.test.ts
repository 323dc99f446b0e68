import { expect, it } from "vitest";
import { ApiError, mayHelpToRetry } from "./get-json.ts";

it.each([
  [404, false],
  [403, true],
  [429, true],
  [503, true],
])("offers to ask again after a %i: %s", (status, expected) => {
  expect(mayHelpToRetry(new ApiError(status, "X", "", {}))).toBe(expected);
  expect(mayHelpToRetry(new Error("offline"))).toBe(true);
});
