import { EVENT_FIELDS, EVENT_PARTS, type EventField, type ScalarKind } from "#core/activity/event-schema.ts";

/** A recorded record as it is meant: its kind, and the fields that its version knows. */
export type MeantRecord = Record<string, Record<string, unknown>>;

/** The records of a layout, with the fields that came after it up to a version: filled in the first request, null in the others. */
export function withLaterFields(records: readonly MeantRecord[], from: number, to: number): MeantRecord[] {
  const [first] = Object.values(records[0] ?? {});
  return records.map((record) =>
    Object.fromEntries(
      Object.entries(record).map(([kind, said]) => {
        if (kind === "started") return [kind, said];
        const later = EVENT_FIELDS.filter(({ since, when }) => {
          return since > from && since <= to && (kind === "close" || when !== "close");
        });
        const values = later.map((field) => [field.name, said.id === first?.id ? filledValueOf(field) : null]);
        return [kind, { ...said, ...Object.fromEntries(values) }];
      }),
    ),
  );
}

/** A value that no other field has by chance, where its kind allows it. */
function filledValueOf({ name, kind, words }: EventField): unknown {
  if (words !== undefined) return words.at(-1);
  if (kind !== "usage" && kind !== "costs") return scalarOf(kind, name);
  const part = EVENT_PARTS[kind];
  return Object.fromEntries(Object.keys(part.columns).map((member) => [member, scalarOf(part.kind, member)]));
}

function scalarOf(kind: ScalarKind, name: string): unknown {
  if (kind === "flag") return true;
  if (kind === "whole") return 100_000 + name.length;
  return kind === "money" ? "9007199254740993" : `${name} "ü"\n`;
}
