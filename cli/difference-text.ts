import type { AmountDifference } from "#core/costs/price-again.ts";
import { toDollars } from "#core/money/nano-usd.ts";
import type { Difference } from "#store/verify-ledger.ts";

/** One sentence for a person: what differs, where, and by how much. */
export function differenceText({ kind, which, about, state, fields }: Difference): string {
  const subject = `${kind} ${which} (${about})`;
  if (state === "missing") return `${subject} is missing: by the events it has ${rowText(fields, "shouldBe")}`;
  if (state === "extra") return `${subject} belongs to no event: it has ${rowText(fields, "is")}`;
  const source =
    kind === "event"
      ? "by its tokens and prices"
      : kind === "correction"
        ? "by the tokens of its requests and its prices"
        : "by the events";
  const changes = fields.map(
    (field) => `${field.name} is ${shown(field, "is")}, ${source} ${shown(field, "shouldBe")}`,
  );
  return `${subject}: ${changes.join("; ")}`;
}

type Side = "is" | "shouldBe";

/** Of a whole row, what a person recognises it by. */
const rowText = (fields: readonly AmountDifference[], side: Side): string =>
  fields
    .filter(({ name }) => name === "requests" || name === "cost_nano_usd")
    .map((field) => `${field.name} ${shown(field, side)}`)
    .join(", ");

function shown(field: AmountDifference, side: Side): string {
  const value = field[side];
  if (value === null) return "none";
  return field.name.endsWith("nano_usd") ? `${value} ($${toDollars(BigInt(value))})` : value;
}
