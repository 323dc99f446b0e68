import { EVENT_FIELDS, EVENT_PARTS, type EventField, type ScalarKind } from "#core/activity/event-schema.ts";

/** A recorded record as it is meant: its kind, and the fields that its version knows. */
export type MeantRecord = Record<string, Record<string, unknown>>;

/**
 * Adds to the records of a layout the fields that came after it, up to a version. They are filled in the first request,
 * null in the others.
 */
export function withLaterFields(records: readonly MeantRecord[], from: number, to: number): MeantRecord[] {
  const [first] = Object.values(records[0] ?? {});
  return records.map((record) =>
    Object.fromEntries(
      Object.entries(record).map(([kind, said]) => {
        if (kind === "started") return [kind, said];
        const later = EVENT_FIELDS.filter(({ since, when }) => {
          return since > from && since <= to && (kind === "close" || when !== "close");
        });
        const values = later.map((field) => [field.name, said.id === first?.id ? buildFilledValue(field) : null]);
        return [kind, { ...said, ...Object.fromEntries(values) }];
      }),
    ),
  );
}

/** A value that no other field has by chance, where its kind allows it. */
function buildFilledValue({ name, kind, words }: EventField): unknown {
  if (words !== undefined) return words.at(-1);
  if (kind !== "usage" && kind !== "costs") return buildScalar(kind, name);
  const part = EVENT_PARTS[kind];
  return Object.fromEntries(Object.keys(part.columns).map((member) => [member, buildScalar(part.kind, member)]));
}

function buildScalar(kind: ScalarKind, name: string): unknown {
  if (kind === "flag") return true;
  if (kind === "whole") return 100_000 + name.length;
  return kind === "money" ? "9007199254740993" : `${name} "ü"\n`;
}
