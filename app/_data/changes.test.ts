import { expect, it } from "vitest";
import { pickChanges } from "./changes.ts";

it("sends the fields that were changed, and what they were when the form began", () => {
  const saved = { name: "CI", models: ["haiku"], budget: 5_000_000_001, colour: "red" };
  // A value that the form cannot show exactly is left alone until it is changed.
  const began = { name: "CI", models: ["haiku"], budget: 5 };

  expect(pickChanges({ ...began, models: ["haiku", "opus"] }, began, saved)).toEqual({
    models: ["haiku", "opus"],
    was: { models: ["haiku"] },
  });
  expect(pickChanges({ ...began, budget: 9 }, began, saved)).toEqual({ budget: 9, was: { budget: 5_000_000_001 } });
});

it("sends nothing where nothing was changed", () => {
  expect(pickChanges({ models: ["haiku"] }, { models: ["haiku"] }, {})).toBeNull();
});
