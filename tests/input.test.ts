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

it.each([
  ["a list", { names: Array.from({ length: 1_001 }, () => "x") }, "names"],
  [
    "an object of any names",
    { headers: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`h${n}`, "x"])) },
    "headers",
  ],
  ["a list within an object", { policy: { names: Array.from({ length: 1_001 }, () => "x") } }, "policy.names"],
])("refuses more than 1,000 entries in %s, before the schema looks at one", (_, input, field) => {
  let looks = 0;
  const item = z.string().refine(() => ++looks > 0);
  const names = z.array(item).optional();
  const schema = z.strictObject({
    names,
    headers: z.record(z.string(), item).optional(),
    policy: z.strictObject({ names }).optional(),
  });

  expect(() => parseInput(schema, input)).toThrow(`${field}: At most 1000 entries.`);
  expect(looks).toBe(0);
});
