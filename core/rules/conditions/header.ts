import { shorten } from "#core/report/shorten.ts";
import { headerNameProblem } from "../header-names.ts";
import { matchesValue, type ValueMatcher, valueMatcher } from "../value-matcher.ts";
import type { Condition, ConditionTable } from "./condition.ts";
import { formatChoices, formatListChip } from "./words.ts";

/** Header a request must carry, with one of these values. The name is in lower case; values may be patterns. */
interface HeaderCondition {
  name: string;
  values: readonly string[];
}

interface HeaderWhen {
  /** All of them must be met. */
  header: readonly HeaderCondition[];
}

interface HeaderFacts {
  /**
   * Returns the value of a header by its lower-case name. Called only for headers that a rule about this model names.
   */
  header: (name: string) => string | null;
}

interface HeadersSaid {
  /** By name in lower case. */
  headers: Readonly<Record<string, string>>;
}

const TABLE_HINT = `a table of header names: { "x-cco-stage" = "beta" }`;

/** Headers of the request, apart from those that carry a credential. */
export const header: Condition<HeaderWhen, HeaderFacts, HeadersSaid> = {
  name: "header",
  kind: "headers",
  keys: [{ key: "header", values: null }],
  none: { header: [] },
  cost: 0,
  passReason: "condition",
  parse(table) {
    const headers = table.section("header", TABLE_HINT);
    const found = headers.keys.flatMap((key) => {
      const name = readHeaderName(headers, key);
      const values = headers.strings(key);
      return name === null || values.length === 0 ? [] : [{ name, values }];
    });
    return { header: found };
  },
  idPart(when) {
    const headers = when.header.map(({ name, values }) => [name, ...[...values].sort()]);
    return { header: headers.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)) };
  },
  compile(when) {
    const wanted = toWanted(when);
    return wanted.length === 0 ? null : (facts) => findUnmet(wanted, facts) === null;
  },
  toIndexHint: (when) => ({
    kind: "names",
    handles: toWanted(when).map(({ name, matcher }) => ({
      slot: `header ${name}`,
      matcher,
      values: (facts: HeaderFacts) => [facts.header(name)],
    })),
  }),
  explain(when, facts) {
    const name = findUnmet(toWanted(when), facts) ?? "";
    const values = when.header.find((entry) => entry.name === name)?.values ?? [];
    const value = facts.header(name);
    return `header ${name} is ${value === null ? "absent" : value.slice(0, 80)}, the rule asks for ${formatChoices(values)}`;
  },
  describe: (when) =>
    when.header.map(({ name, values }) => [`header ${name}`, `header ${name} is ${values.join(" or ")}`]),
  chips: (when) => when.header.flatMap(({ name, values }) => formatListChip(`${name}:`, values)),
  described: {
    test: { key: "header", values: null },
    none: { headers: {} },
    parse(table) {
      const headers = table.section("header", TABLE_HINT);
      const found = headers.keys.flatMap((key): [string, string][] => {
        const name = readHeaderName(headers, key);
        const value = headers.string(key);
        return name === null || value === null ? [] : [[name, value]];
      });
      return { headers: Object.fromEntries(found) };
    },
    facts({ headers }) {
      const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      return { header: (name) => byName.get(name) ?? null };
    },
    isAssumed: false,
    form: {
      kind: "headers",
      label: "Headers",
      placeholder: "x-cco-stage: beta",
      hint: "One a line. Credentials are never looked at.",
    },
  },
  guide: { must: "carry all of these headers", value: "a table, name to value, list or pattern" },
  examples: ['header = { "x-cco-stage" = "beta" }'],
};

interface WantedHeader {
  name: string;
  matcher: ValueMatcher;
}

function toWanted({ header }: HeaderWhen): WantedHeader[] {
  return header.flatMap(({ name, values }) => {
    const matcher = valueMatcher(values, false);
    return matcher === null ? [] : [{ name, matcher }];
  });
}

/** Returns the name of the first header that is missing or has another value. */
function findUnmet(wanted: readonly WantedHeader[], facts: HeaderFacts): string | null {
  for (const { name, matcher } of wanted) if (!matchesValue(matcher, facts.header(name))) return name;
  return null;
}

/** Reads the name of a header, in lower case. Null, with a problem at its position, when it is not allowed. */
function readHeaderName(table: ConditionTable, key: string): string | null {
  const name = key.toLowerCase();
  switch (headerNameProblem(name)) {
    case "secret":
      return table.keyError(
        key,
        "secret-header",
        `"${shorten(key)}" may carry a credential, so rules cannot use it. Use key, person or team instead.`,
      );
    case "not-a-name":
      return table.keyError(key, "bad-value", `"${shorten(key)}" is not a valid header name.`);
    case null:
      if (table.keys.some((other) => other !== key && other.toLowerCase() === name)) {
        const message = `"${shorten(key)}" is set twice: header names are case-insensitive.`;
        return table.keyError(key, "bad-value", message);
      }
      return name;
  }
}
