import { expect, it } from "vitest";
import * as z from "zod";
import { nameField, parseInput } from "#control/input.ts";
import { AppError } from "#core/errors.ts";

it.each([
  [
    "names twenty unknown fields of nine hundred",
    Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`f${n}`, n])),
    "f0",
  ],
  ["names a field that every object inherits", JSON.parse('{"token":"x","constructor":1}'), "constructor"],
  [
    "refuses __proto__ by its name",
    JSON.parse('{"token":"x","password":"y","__proto__":{"role":"owner"}}'),
    "__proto__",
  ],
])("%s", (_, body, field) => {
  const { fields } = refusedBy(body);

  expect(Object.keys(fields)).toContain(field);
  expect(Object.keys(fields).length).toBeLessThanOrEqual(22);
});

/** Details of the refusal of a body whose schema has a token and a password. */
function refusedBy(body: unknown): { fields: Record<string, string> } {
  try {
    parseInput(z.strictObject({ token: z.string(), password: z.string() }), body);
  } catch (problem) {
    if (problem instanceof AppError) return problem.details as { fields: Record<string, string> };
    throw problem;
  }
  throw new Error("This body was let through.");
}

it("takes names with joined emoji and Persian words, and none with characters that cannot be seen", () => {
  const isName = (text: string) => nameField().safeParse(text).success;

  expect(["Ann 👩\u200d💻", "می\u200cخواهم", "Zoë O'Neill", "李"].filter(isName)).toHaveLength(4);
  expect(
    [
      "a\u0007",
      "a\u009b2J",
      "a\u0085b",
      "a\u2028b",
      "a\u061cb",
      "a\u202eb",
      "a\u200bb",
      "a\u{e0041}b",
      "a\ud800b",
    ].filter(isName),
  ).toEqual([]);
});

it.each([
  ["a list", { names: Array.from({ length: 1_001 }, () => "x") }, "names"],
  [
    "an object of any names",
    { headers: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`h${n}`, "x"])) },
    "headers",
  ],
  ["the body itself", Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`h${n}`, "x"])), "body"],
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
