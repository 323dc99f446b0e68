import type * as z from "zod";
import { formatCount } from "#core/report/format.ts";

/**
 * Formats what is wrong with a value as one plain sentence, where its schema has no message. It says what is required,
 * the choices, or the bounds. Null for unknown fields, which need a sentence each.
 */
export function formatIssue(issue: z.core.$ZodRawIssue, root: unknown): string | null {
  switch (issue.code) {
    case "unrecognized_keys":
      return null;
    case "invalid_type":
      // The raw value: a schema that reads numbers from text has turned a missing one into NaN.
      return valueAt(root, issue.path ?? []) === undefined ? NEEDED : (kinds[issue.expected] ?? NOT_TAKEN);
    case "invalid_value":
      return formatChoice(issue.values);
    case "too_small":
      return tooSmall(issue);
    case "too_big":
      return tooBig(issue);
    case "not_multiple_of":
      return `Use a multiple of ${issue.divisor}.`;
    case "invalid_format":
      return formats[issue.format] ?? "This has the wrong format.";
    case "invalid_union":
      return unionSentence(issue);
    case "invalid_key":
    case "invalid_element":
      return issue.issues[0]?.message ?? NOT_TAKEN;
    default:
      return NOT_TAKEN;
  }
}

const NEEDED = "This field is required.";
const NOT_TAKEN = "This value is not accepted.";

const kinds: Readonly<Record<string, string>> = {
  string: "Use text.",
  number: "Use a number.",
  int: "Use a whole number.",
  boolean: "Use true or false.",
  array: "Use a list.",
  object: "Use a JSON object.",
  record: "Use a JSON object.",
  null: "Use null.",
};

const formats: Readonly<Record<string, string>> = {
  email: "This is not an e-mail address.",
  url: "This is not a URL.",
  datetime: "Use ISO 8601, for example 2026-11-01T00:00:00Z.",
  date: "Use a day, for example 2026-11-01.",
};

type TooSmall = z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>;
type TooBig = z.core.$ZodRawIssue<z.core.$ZodIssueTooBig>;
type InvalidUnion = z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>;

function tooSmall({ origin, minimum, inclusive }: TooSmall): string {
  const unit = units[origin];
  if (unit !== undefined && Number(minimum) <= 1) return NEEDED;
  return `Use ${inclusive === false ? "more than" : "at least"} ${formatBound(minimum)}${unit ?? ""}.`;
}

const tooBig = ({ origin, maximum, inclusive }: TooBig): string =>
  `Use ${inclusive === false ? "less than" : "at most"} ${formatBound(maximum)}${units[origin] ?? ""}.`;

const units: Readonly<Record<string, string>> = { string: " characters", array: " entries", set: " entries" };

const formatBound = (bound: number | bigint): string => (Number.isInteger(bound) ? formatCount(bound) : String(bound));

/** Formats a union's error: its discriminator, its choices of words, or the message of the nearest member. */
function unionSentence({ discriminator, options, errors = [] }: InvalidUnion & { options?: unknown[] }): string {
  if (discriminator !== undefined) return formatChoice(options ?? []);
  const issues = errors.flatMap((group) => group.slice(0, 1));
  const choices = issues.flatMap((issue) => (issue.code === "invalid_value" ? issue.values : []));
  if (issues.length > 0 && issues.every((issue) => issue.code === "invalid_value")) return formatChoice(choices);
  return (issues.find((issue) => issue.code !== "invalid_value") ?? issues[0])?.message ?? NOT_TAKEN;
}

function formatChoice(values: readonly unknown[]): string {
  const names = values.map((value) => (value === "" ? "nothing" : String(value)));
  const last = names.at(-1);
  if (last === undefined) return NOT_TAKEN;
  if (names.length < 2) return `Use ${last}.`;
  return `Choose ${names.slice(0, -1).join(", ")} or ${last}.`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
