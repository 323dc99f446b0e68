import fc from "fast-check";
import { EVENT_PARTS, type EventField, type ScalarKind } from "#core/activity/event-schema.ts";

/**
 * Generates any value of a field, null included where it may be. Words and texts are of a few, so that records share
 * them.
 */
export function arbitraryValue(field: EventField): fc.Arbitrary<unknown> {
  const value = filledValue(field);
  return field.isNullable ? fc.option(value) : value;
}

function filledValue({ name, kind, words }: EventField): fc.Arbitrary<unknown> {
  if (words !== undefined) return fc.constantFrom(...words);
  if (kind !== "usage" && kind !== "costs") return scalar(kind, name);
  const part = EVENT_PARTS[kind];
  const members = Object.keys(part.columns).map((member) => [member, scalar(part.kind, member)]);
  return fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>);
}

function scalar(kind: ScalarKind, name: string): fc.Arbitrary<unknown> {
  if (kind === "flag") return fc.boolean();
  if (kind === "whole") return fc.nat({ max: 2_000_000 });
  if (kind === "money") return fc.bigInt({ min: 0n, max: 10n ** 16n }).map(String);
  return fc.constantFrom("a", "b", "c").map((letter) => `${name}-${letter}`);
}
