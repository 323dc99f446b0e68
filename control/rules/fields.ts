import * as z from "zod";

/** Maximum length of a text. A route accepts a megabyte of JSON; a thousand rules are a tenth of that. */
const tomlCharactersMax = 800_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
const unseen = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;

export const tomlField = z
  .string()
  .max(tomlCharactersMax, `Use at most ${tomlCharactersMax.toLocaleString("en")} characters.`)
  .transform((text) => text.replace(/\r\n/g, "\n"));

export const versionField = z.int().min(1).max(2_000_000_000);

/** Emptiness is checked by the verb, which has a separate code for it. */
export const commentField = z
  .string()
  .trim()
  .max(500, "Use at most 500 characters.")
  .refine((text) => !unseen.test(text), "This contains invisible characters.");

export const appliesField = z.enum(["new-sessions", "now"]);

const versionText = z.coerce.number("This is not a version number.").pipe(versionField);
/** Version number as a part of a path. */
export const versionParams = z.strictObject({ version: versionText });
export const compareQuery = z.strictObject({ with: versionText });
