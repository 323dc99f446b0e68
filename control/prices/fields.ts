import * as z from "zod";
import { PRICES_CHARACTERS_MAX } from "#config/prices-toml.ts";
import { commentField, versionField } from "../rules/fields.ts";

/** The text of own prices, as `prices.toml` has it. */
const pricesField = z
  .string()
  .max(PRICES_CHARACTERS_MAX, `Use at most ${PRICES_CHARACTERS_MAX.toLocaleString("en")} characters.`)
  .transform((text) => text.replace(/\r\n/g, "\n"));

export const previewPricesInput = z.strictObject({ toml: pricesField });

export const savePricesInput = z.strictObject({
  toml: pricesField,
  comment: commentField.default(""),
  /** Version the text is based on; null only before the first. */
  basedOn: versionField.nullable(),
});

export const rollBackPricesInput = z.strictObject({
  /** Version whose content is restored. */
  to: versionField,
  /** Set: refuse if another version is in force. */
  basedOn: versionField.optional(),
  comment: commentField.default(""),
});
