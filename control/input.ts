import * as z from "zod";
import { ATTRIBUTION_NAME } from "#core/access/attribution.ts";
import { holdsWholeSecret } from "#core/access/own-secrets.ts";
import { roles } from "#core/access/roles.ts";
import { AppError } from "#core/errors.ts";
import { nearest } from "#core/rules/nearest.ts";
import { formatIssue } from "./input-sentences.ts";

/**
 * Maximum number of fields named in one refusal. More would help no reader, and a body of a megabyte can have a hundred
 * thousand.
 */
const NAMED_MAX = 20;

/**
 * Parses untrusted input to plain values, or throws `request.invalid` with one sentence per field, for the first 20.
 * Input of changes is a `z.strictObject`: a misspelt field is refused by name, since without it the rest would mean
 * something else (a key without limits).
 */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  refuseLongLists(input);
  // Fields of the object in which an unknown one was found, at any depth. Zod passes them to its error map only.
  const knownBeside = new Map<readonly string[], string[]>();
  const parsed = schema.safeParse(input, {
    error: (issue) => {
      if (issue.code === "unrecognized_keys" && issue.inst instanceof z.ZodObject)
        knownBeside.set(issue.keys, Object.keys(issue.inst.shape));
      return formatIssue(issue, input);
    },
  });
  if (parsed.success) return parsed.data;
  const fields = nameless({});
  for (const issue of parsed.error.issues) {
    if (Object.keys(fields).length >= NAMED_MAX) break;
    if (issue.code !== "unrecognized_keys") fields[issue.path.join(".") || "body"] ??= issue.message;
    else
      for (const key of issue.keys.slice(0, NAMED_MAX))
        fields[[...issue.path, key.slice(0, 80)].join(".")] ??= unknownField(key, knownBeside.get(issue.keys) ?? []);
  }
  const first = Object.entries(fields)[0];
  throw new AppError("request.invalid", { fields }, first ? `${first[0]}: ${first[1]}` : undefined);
}

/** More than any list of the API has items, and any object in one has fields. */
const ENTRIES_MAX = 1_000;

/** Before a schema looks at each of their items, whose refusals alone would keep the console busy. `at` is the path so far. */
function refuseLongLists(input: unknown, at = ""): void {
  if (typeof input !== "object" || input === null) return;
  const entries = Object.entries(input);
  if (entries.length > ENTRIES_MAX) throw invalidField(at || "body", `At most ${ENTRIES_MAX} entries.`);
  for (const [name, value] of entries) {
    const path = `${at}${at && "."}${name}`.slice(0, 80);
    // The schemas would drop it without a word: the one name that is never a field of theirs.
    if (name === "__proto__") throw invalidField(path, "Unknown field.");
    if (typeof value === "object") refuseLongLists(value, path);
  }
}

/** Refusal of one field that a schema cannot judge, as `parseInput` refuses those it can. */
export function invalidField(path: string, text: string): AppError {
  return new AppError("request.invalid", { fields: nameless({ [path]: text }) }, `${path}: ${text}`);
}

/** Without a prototype: `constructor` is the name of an unknown field like any other. */
const nameless = (fields: Record<string, string>): Record<string, string> => Object.assign(Object.create(null), fields);

function unknownField(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== null) return `Unknown field. Did you mean ${meant}?`;
  return known.length === 0 ? "Unknown field." : `Unknown field. Known fields: ${known.join(", ")}.`;
}

/**
 * Control and format characters, line and paragraph separators, and what no script has assigned. The joiners alone are
 * let through: Persian and Hindi words and many emoji are written with them.
 */
const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/u;

/** Names are shown to everybody, stored and exported. */
const noSecret = (text: string): boolean => !holdsWholeSecret(text);
const SECRET_AS_NAME =
  "This holds a proxy key or access token of CCO, which is no name. Revoke it if others have seen it.";

/** One line of text a person gave something as its name: no control, zero-width or direction-changing characters. */
export const nameField = (charactersMax = 80) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charactersMax, `Use at most ${charactersMax} characters.`)
    .refine((text) => !unprintable.test(text), "This contains characters that cannot be seen.")
    .refine(noSecret, SECRET_AS_NAME);

export const emailField = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, "Use at most 254 characters.")
  .pipe(z.email("This is not an e-mail address."));

export const roleField = z.enum(roles, `Choose a role: ${roles.join(", ")}.`);
export const idField = z.string().min(1).max(64);
/** Bounded here so that no hash function reads megabytes; `session/password.ts` defines the rules for passwords. */
export const passwordField = z.string().min(1).max(1024, "This is too long.");
export const secretField = z.string().min(20).max(200);

/** A label in the attribution of requests (project, team), as any release has accepted it: for finding what is stored. */
export const storedLabelField = z
  .string()
  .trim()
  .max(64, "Use at most 64 characters.")
  .refine(
    (text) => text === "" || ATTRIBUTION_NAME.test(text),
    "Begin with a letter or digit; then letters, digits, spaces and . _ - @ + / are allowed.",
  )
  .transform((text) => (text === "" ? null : text))
  .nullish()
  .transform((text) => text ?? null);

/** A label that is written down now. */
export const labelField = storedLabelField.refine((text) => text === null || noSecret(text), SECRET_AS_NAME);

export const expiryDaysField = z
  .union(
    [z.literal(1), z.literal(7), z.literal(30), z.literal(90), z.literal(365)],
    "Choose 1, 7, 30, 90 or 365 days, or null for no expiry.",
  )
  .nullable();

/** Schema of a filter's values, separated by commas as in a link. */
export const listField = z
  .string()
  .max(4000)
  .optional()
  .transform((text) => {
    const values = [...new Set(text?.split(",").filter((value) => value !== ""))].slice(0, 100);
    return values.length > 0 ? values : undefined;
  });
