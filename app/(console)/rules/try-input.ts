import type { FormField } from "#core/rules/conditions/condition.ts";
import { CHEAP_FIRST, type DescribedFields, NOTHING_DESCRIBED } from "#core/rules/conditions/registry.ts";
import { headerNameProblem } from "#core/rules/header-names.ts";

/** Described request, with the field names of the API: those of the conditions, and what no condition is about. */
export interface TryInput extends DescribedFields {
  model: string;
  session: string | null;
  /** ISO instant; null is now. */
  at: string | null;
}

/** Fields of the form that conditions ask for, with their names in `TryInput`. */
export const CONDITION_FIELDS: readonly { field: keyof DescribedFields; form: FormField }[] = CHEAP_FIRST.flatMap(
  ({ described }) => {
    if (described === null) return [];
    const fields = Object.keys(described.none) as (keyof DescribedFields)[];
    return fields.map((field) => ({ field, form: described.form }));
  },
);

/** Fields that are answered with yes or no: a form that says nothing says no. */
const SAID_NO = Object.fromEntries(
  CONDITION_FIELDS.filter(({ form }) => form.kind === "tick" || form.kind === "origin").map(({ field }) => [
    field,
    false,
  ]),
);

/** Initial request, with the expensive model that most rules are about. */
export const emptyTry = (models: readonly { id: string }[]): TryInput => ({
  ...NOTHING_DESCRIBED,
  ...SAID_NO,
  model: (models.find((model) => model.id.includes("opus")) ?? models[0])?.id ?? "opus",
  session: "session-1",
  at: null,
});

/** Parses headers, one `name: value` per line; `problem` names the first invalid line. */
export function readHeaderLines(text: string): { headers: Record<string, string>; problem: string | null } {
  const headers = new Map<string, string>();
  let problem: string | null = null;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    const name = (colon === -1 ? line : line.slice(0, colon)).trim().toLowerCase();
    const value = colon === -1 ? "" : line.slice(colon + 1).trim();
    const trouble = headerNameProblem(name);
    if (trouble === "secret") problem ??= `${name} may carry a credential: rules never look at it.`;
    else if (trouble !== null || colon === -1) problem ??= "Write one header a line: name: value";
    else headers.set(name, value.slice(0, 1000));
  }
  return { headers: Object.fromEntries(headers), problem };
}
