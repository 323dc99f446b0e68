import * as z from "zod";

/** Bounds of a text: reading one takes the console's one thread from all others. A thousand rules are 100,000 characters. */
const tomlCharactersMax = 250_000;
const tomlLinesMax = 20_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
const unseen = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;

export const tomlField = z
  .string()
  .max(tomlCharactersMax, `Use at most ${tomlCharactersMax.toLocaleString("en")} characters.`)
  .refine((text) => countLines(text) <= tomlLinesMax, `Use at most ${tomlLinesMax.toLocaleString("en")} lines.`)
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

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
