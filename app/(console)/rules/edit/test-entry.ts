import { formatTomlLiteral } from "#config/toml-literal.ts";
import { type AnyCondition, CONDITIONS } from "#core/rules/conditions/registry.ts";
import type { TryInput } from "../try-input.ts";

/** Formats the tried request as a `[[test]]` that expects its result. Writes only fields that tests support. */
export function testEntry(input: TryInput, expected: string): string {
  const lines = [
    `model = ${formatTomlLiteral(input.model)}`,
    ...CONDITIONS.flatMap((condition) => entryLines(condition, input)),
    `expect = ${formatTomlLiteral(expected)}`,
  ];
  return `\n[[test]]\n${lines.join("\n")}\n`;
}

function entryLines({ described }: AnyCondition, input: TryInput): string[] {
  if (described === null) return [];
  return Object.keys(described.none).flatMap((field) => {
    const value = input[field as keyof TryInput];
    if (value === null || value === "") return [];
    if (typeof value === "object" && Object.keys(value).length === 0) return [];
    // A test that does not say no leaves the question open only where it counts as met.
    if (value === false && !described.isAssumed) return [];
    return [`${described.test.key} = ${formatTomlLiteral(value)}`];
  });
}
