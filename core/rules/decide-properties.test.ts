import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rounds } from "#tests/support/rounds.ts";
import { anInput, aRule, compiledRules } from "#tests/support/rule-builders.ts";
import { type CompiledRules, isAboutModel } from "./compile.ts";
import { type AnyCondition, CONDITIONS, NOTHING_DESCRIBED } from "./conditions/registry.ts";
import { decide, decideLeavingOpen } from "./decide.ts";
import type { DecideInput } from "./decide-input.ts";
import { matchesGlob } from "./glob.ts";
import { type AssumedConditions, NOTHING_ASSUMED } from "./mismatch.ts";
import { NO_CONDITIONS, type Rule, type RuleConditions } from "./rule-set.ts";
import { toShareBucket } from "./stable-hash.ts";
import { isInWindow, type TimeWindow } from "./time-window.ts";

const NAMES = ["web", "api", "web-1", "Ada"];
const PATTERNS = ["*", "w*", "*-1", "?pi", "*e*"];
const MONDAY_MS = Date.parse("2026-11-23T00:00:00Z");

const fits = (values: readonly string[], ...given: (string | null)[]) =>
  values.length === 0 || given.some((value) => value !== null && values.some((pattern) => matchesGlob(pattern, value)));
const low = (text: string | null) => text?.toLowerCase() ?? null;
/** Names in which letter case does not count. */
const FOLDED = new Set(["person", "key"]);

type Kind = AnyCondition["kind"];
type Meaning = (when: RuleConditions, input: DecideInput) => boolean;
const listFields = (condition: AnyCondition) => Object.keys(condition.none) as (keyof RuleConditions)[];
/** Facts a condition depends on, with the values of a request that says nothing. */
const listFacts = ({ described }: AnyCondition): [string, unknown][] =>
  Object.entries(described?.facts(NOTHING_DESCRIBED) ?? {});

/** What a condition of each kind means, without any index. A kind that is missing here is a type error. */
const MEANINGS: Record<Kind, (condition: AnyCondition) => Meaning> = {
  names(condition) {
    const [field] = listFields(condition) as "project"[];
    const facts = listFacts(condition).map(([fact]) => fact as "person");
    const read = FOLDED.has(condition.name) ? low : (text: string | null) => text;
    return (when, input) =>
      fits(
        when[field ?? "project"].map((value) => read(value) ?? ""),
        ...facts.map((fact) => read(input[fact])),
      );
  },
  headers: () => (when, input) => when.header.every(({ name, values }) => fits(values, input.header(name))),
  path:
    () =>
    ({ pathPrefix }, input) =>
      pathPrefix.length === 0 || pathPrefix.some((start) => `${input.path}/`.startsWith(`${start}/`)),
  "yes-no"(condition) {
    const [field = "subagent"] = listFields(condition) as "subagent"[];
    const [first] = listFacts(condition);
    const isYes = (value: unknown) => (first?.[1] === null ? value !== null : value === true);
    return (when, input) => when[field] === null || when[field] === isYes(input[first?.[0] as keyof DecideInput]);
  },
  range(condition) {
    const [minField = "minPromptTokens", maxField = "maxPromptTokens"] = listFields(condition) as "minPromptTokens"[];
    const fact = listFacts(condition)[0]?.[0] as "promptTokens";
    return (when, input) => {
      const [min, max, value] = [when[minField], when[maxField], input[fact]];
      if (min === null && max === null) return true;
      return value !== null && value >= (min ?? 0) && (max === null || value <= max);
    };
  },
  hours:
    () =>
    ({ hours }, input) =>
      hours === null || isInWindow(hours, input.nowMs),
};
const READINGS = CONDITIONS.map((one) => ({ name: one.name, holds: MEANINGS[one.kind](one) }));

interface Tried {
  rule: Rule;
  input: DecideInput;
  open: AssumedConditions;
}

/** What a rule means, condition by condition. */
const isMet = ({ rule, input, open }: Tried): boolean =>
  READINGS.every(({ name, holds }) => open.has(name) || holds(rule.when, input));

function isInShare({ rule, input, open }: Tried): boolean {
  const place = input.sessionKey === null ? 10_000 : toShareBucket(rule.id, input.sessionKey);
  return open.has("share") ? rule.percentage > 0 : rule.percentage === 100 || place < rule.percentage * 100;
}

/**
 * Finds the rule that decides by trying every rule in turn. It is the first that applies, else the first that only its
 * share keeps from it, else the first.
 */
function ruleThatDecides(compiled: CompiledRules, input: DecideInput, open: AssumedConditions): string | null {
  const about = compiled.rules.filter((one) => one.rule.enabled && isAboutModel(compiled, one, input.model));
  const met = about.filter(({ rule }) => isMet({ rule, input, open }));
  const named = met.find(({ rule }) => isInShare({ rule, input, open })) ?? met[0] ?? about[0];
  return named?.rule.id ?? null;
}

const names = fc.array(fc.constantFrom(...NAMES, ...PATTERNS), { minLength: 1, maxLength: 2 });
const minute = fc.oneof(fc.constantFrom(0, 540, 1_080, 1_439), fc.nat(1_439));
const hours: fc.Arbitrary<TimeWindow> = fc.record({
  days: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
  fromMinute: minute,
  toMinute: minute.map((value) => value + 1),
  zone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu"),
  name: fc.constantFrom(null, "off_hours"),
});
const name = fc.constantFrom(...NAMES);
/** The same generator for each of these fields. */
const each = (fields: readonly string[], value: fc.Arbitrary<unknown>) =>
  fc.record(Object.fromEntries(fields.map((field) => [field, value])));
const wanted: Record<Kind, (condition: AnyCondition) => fc.Arbitrary<object>> = {
  names: (condition) => each(listFields(condition), names),
  headers: () => fc.record({ header: names.map((values) => [{ name: "x-stage", values }]) }),
  path: () => fc.record({ pathPrefix: fc.constantFrom("/t", "/t/a", "/t/*").map((path) => [path]) }),
  "yes-no": (condition) => each(listFields(condition), fc.boolean()),
  range: (condition) => each(listFields(condition), fc.nat(6)),
  hours: () => fc.record({ hours }),
};
const asked: Record<Kind, (condition: AnyCondition) => fc.Arbitrary<object>> = {
  names: (condition) =>
    fc.record(
      Object.fromEntries(
        listFacts(condition).map(([fact, unsaid]) => [fact, unsaid === null ? fc.option(name) : name]),
      ),
    ),
  headers: () => fc.record({ header: fc.option(name).map((value) => () => value) }),
  path: () => fc.record({ path: fc.constantFrom("/t", "/t/a/v1/messages", "/v1/messages", "/t/*") }),
  "yes-no": (condition) =>
    fc.record(
      Object.fromEntries(
        listFacts(condition).map(([fact, unsaid]) => [fact, unsaid === null ? fc.option(name) : fc.boolean()]),
      ),
    ),
  range: (condition) =>
    each(
      listFacts(condition).map(([fact]) => fact),
      fc.option(fc.nat(8)),
    ),
  hours: () => fc.record({ nowMs: fc.nat(7 * 24 * 60).map((minutes) => MONDAY_MS + minutes * 60_000) }),
};
const joined = (parts: readonly object[]) => Object.assign({}, ...parts) as object;
const conditions = fc.tuple(...CONDITIONS.map((one) => wanted[one.kind](one))).map(joined);
/** Few things asked of one rule, so that rules apply now and then. */
const fewConditions = fc
  .tuple(conditions, fc.subarray(Object.keys(NO_CONDITIONS), { minLength: 1, maxLength: 3 }))
  .map(([all, asked]) => ({
    ...NO_CONDITIONS,
    ...Object.fromEntries(Object.entries(all).filter(([condition]) => asked.includes(condition))),
  }));
const rule = fc.record({
  from: fc.constantFrom("opus", "claude-opus-5-5", "claude-*", "*-5", "sonnet"),
  enabled: fc.constantFrom(true, true, true, false),
  percentage: fc.constantFrom(0, 30, 100, 100),
  when: fewConditions,
});
const session = fc.record({
  model: fc.constantFrom("claude-opus-5-5", "claude-opus-5-5", "claude-sonnet-5-5"),
  sessionKey: fc.option(fc.string()),
});
const input: fc.Arbitrary<Partial<DecideInput>> = fc
  .tuple(session, ...CONDITIONS.map((one) => asked[one.kind](one)))
  .map(joined);
const ASSUMABLE = CONDITIONS.filter(({ described }) => described === null || described.isAssumed);
const open: fc.Arbitrary<AssumedConditions> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(NOTHING_ASSUMED) },
  fc.subarray(["share", ...ASSUMABLE.map(({ name }) => name)]).map((assumed) => new Set(assumed)),
);

describe("deciding with an index", () => {
  it("always names the rule that trying each in turn names, for few rules and for many", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(rule, { maxLength: 8 }), fc.array(rule, { minLength: 100, maxLength: 200 })),
        fc.array(fc.tuple(input, open), { minLength: 4, maxLength: 12 }),
        (changes, requests) => {
          const compiled = compiledRules(...changes.map((change) => aRule(change)));
          for (const [change, leftOpen] of requests) {
            const asked = anInput(change);
            const decision =
              leftOpen === NOTHING_ASSUMED
                ? decide(compiled, 1, asked)
                : decideLeavingOpen(compiled, 1, asked, leftOpen);
            expect(decision.ruleId).toBe(ruleThatDecides(compiled, asked, leftOpen));
          }
        },
      ),
      { numRuns: rounds(60) },
    );
  });

  it.each<[string, (i: number) => Partial<RuleConditions>]>([
    ["prompt sizes", (i) => ({ minPromptTokens: i, maxPromptTokens: i + (i % 7) })],
    ["prompt sizes without an upper bound", (i) => ({ minPromptTokens: 5_000 - i })],
    ["prompt sizes and tools", (i) => ({ minPromptTokens: i, maxPromptTokens: 2 * i, hasTools: i % 2 === 0 })],
  ])("agrees with trying 5,000 rules about %s in turn, at and beside every bound", (_, asks) => {
    const rules = Array.from({ length: 5_000 }, (_, i) =>
      aRule({ from: "opus", when: { ...NO_CONDITIONS, ...asks(i) } }),
    );
    const compiled = compiledRules(...rules);

    for (let promptTokens = 0; promptTokens < 10_010; promptTokens += 61) {
      const asked = anInput({ promptTokens });
      expect(decide(compiled, 1, asked).ruleId).toBe(ruleThatDecides(compiled, asked, NOTHING_ASSUMED));
    }
  });

  it("agrees with trying 2,000 rules about hours in turn, over a week with a clock change", () => {
    const rules = Array.from({ length: 2_000 }, (_, i) => {
      const window: TimeWindow = {
        days: Array.from({ length: 7 }, (_, day) => ((i >> 3) + day) % 3 === 0),
        fromMinute: (i * 37) % 1_440,
        toMinute: ((i * 53) % 1_440) + 1,
        zone: i % 2 === 0 ? "Europe/Berlin" : "America/St_Johns",
        name: i > 1_900 ? "off_hours" : null,
      };
      return aRule({ from: "opus", when: { ...NO_CONDITIONS, hours: window, project: i < 1_950 ? [] : ["web"] } });
    });
    const compiled = compiledRules(...rules);
    const start = Date.parse("2026-10-24T00:00:00Z");

    for (let hour = 0; hour < 7 * 24; hour++) {
      const asked = anInput({ nowMs: start + hour * 3_600_000 + 17 * 60_000 });
      expect(decide(compiled, 1, asked).ruleId).toBe(ruleThatDecides(compiled, asked, NOTHING_ASSUMED));
    }
  });
});
