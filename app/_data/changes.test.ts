import { expect, it } from "vitest";
import { changesOf } from "./changes.ts";
import { formProblem } from "./field-errors.ts";
import { ApiError } from "./get-json.ts";

it("sends the fields that were changed, and what they were when the form began", () => {
  const saved = { name: "CI", models: ["haiku"], budget: 5_000_000_001, colour: "red" };
  // A value that the form cannot show exactly is left alone until it is changed.
  const began = { name: "CI", models: ["haiku"], budget: 5 };

  expect(changesOf({ ...began, models: ["haiku", "opus"] }, began, saved)).toEqual({
    models: ["haiku", "opus"],
    was: { models: ["haiku"] },
  });
  expect(changesOf({ ...began, budget: 9 }, began, saved)).toEqual({ budget: 9, was: { budget: 5_000_000_001 } });
});

it("sends nothing where nothing was changed", () => {
  expect(changesOf({ models: ["haiku"] }, { models: ["haiku"] }, {})).toBeNull();
});

it("a refusal of a stale change is for the whole form, which can load the present values", () => {
  const refusal = new ApiError(409, "CONFLICT", "Ada changed it meanwhile.", { changed: ["budget"], by: "Ada" });
  const another = new ApiError(409, "CONFLICT", "These rules are already live.", { current: 4 });

  expect(formProblem(refusal)).toEqual({ fields: {}, message: "Ada changed it meanwhile.", isStale: true });
  expect(formProblem(another)).toEqual({ fields: {}, message: "These rules are already live." });
});
