import { expect, it } from "vitest";
import * as z from "zod";
import { parseInput } from "#control/input.ts";
import { AppError } from "#core/errors.ts";

it("a body with 100,000 unknown fields is refused with the first twenty of them", () => {
  const body = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`field${n}`, n]));
  const schema = z.strictObject({ token: z.string(), password: z.string() });
  let refused: unknown = null;
  try {
    parseInput(schema, body);
  } catch (problem) {
    refused = problem;
  }

  expect(refused).toBeInstanceOf(AppError);
  const { fields } = (refused as AppError).details as { fields: Record<string, string> };
  expect(Object.keys(fields).length).toBeLessThanOrEqual(22);
  expect(Object.keys(fields)).toContain("token");
});
