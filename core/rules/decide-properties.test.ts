import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anInput, aRule, compiledRules } from "#tests/support/rule-builders.ts";
import { type CompiledRules, isAboutModel } from "./compile.ts";
import { decide, decideLeavingOpen } from "./decide.ts";
import type { DecideInput } from "./decide-input.ts";
import { matchesGlob } from "./glob.ts";
import { type AssumedConditions, NOTHING_ASSUMED } from "./mismatch.ts";
import { NO_CONDITIONS, type Rule, type RuleConditions, type TimeWindow } from "./rule-set.ts";
import { sharePlace } from "./stable-hash.ts";
import { isInWindow } from "./time-window.ts";

const NAMES = ["web", "api", "web-1", "Ada"];
const PATTERNS = ["*", "w*", "*-1", "?pi", "*e*"];
const MONDAY_MS = Date.parse("2026-11-23T00:00:00Z");

const fits = (values: readonly string[], ...given: (string | null)[]) =>
  values.length === 0 || given.some((value) => value !== null && values.some((pattern) => matchesGlob(pattern, value)));
const folded = (values: readonly string[]) => values.map((value) => value.toLowerCase());
const isWanted = (wanted: boolean | null, answer: boolean) => wanted === null || wanted === answer;

/** What a rule means, said condition by condition and without any index. */
function applies({ rule, input, open }: { rule: Rule; input: DecideInput; open: AssumedConditions }): boolean {
  const { when } = rule;
  const { minPromptTokens: min, maxPromptTokens: max } = when;
  const tokens = input.promptTokens;
  const low = (text: string | null) => text?.toLowerCase() ?? null;
  const place = input.sessionKey === null ? 10_000 : sharePlace(rule.id, input.sessionKey);
  return (
    fits(when.project, input.project) &&
    fits(folded(when.person), low(input.person), low(input.personEmail)) &&
    fits(when.team, input.team) &&
    fits(folded(when.key), low(input.key), low(input.keyName)) &&
    when.header.every(({ name, values }) => fits(values, input.header(name))) &&
    (when.pathPrefix.length === 0 || when.pathPrefix.some((start) => `${input.path}/`.startsWith(`${start}/`))) &&
    (open.subagent || isWanted(when.subagent, input.agentId !== null)) &&
    (open.tools || isWanted(when.hasTools, input.hasTools)) &&
    (open.thinking || isWanted(when.hasThinking, input.hasThinking)) &&
    isWanted(when.titleLike, input.titleLike) &&
    (open.promptTokens ||
      (min === null && max === null) ||
      (tokens !== null && tokens >= (min ?? 0) && (max === null || tokens <= max))) &&
    (open.hoursAndShare || when.hours === null || isInWindow(when.hours, input.nowMs)) &&
    (open.hoursAndShare ? rule.percentage > 0 : rule.percentage === 100 || place < rule.percentage * 100)
  );
}

/** Tries every rule in turn. */
function firstThatApplies(compiled: CompiledRules, input: DecideInput, open: AssumedConditions): string | null {
  const about = compiled.rules.filter((one) => one.rule.enabled && isAboutModel(compiled, one, input.model));
  return about.find(({ rule }) => applies({ rule, input, open }))?.rule.id ?? about[0]?.rule.id ?? null;
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
const conditions: fc.Arbitrary<RuleConditions> = fc.record({
  project: names,
  person: names,
  team: names,
  key: names,
  header: names.map((values) => [{ name: "x-stage", values }]),
  pathPrefix: fc.constantFrom("/t", "/t/a", "/t/*").map((path) => [path]),
  subagent: fc.boolean(),
  titleLike: fc.boolean(),
  hours: hours,
  minPromptTokens: fc.nat(6),
  maxPromptTokens: fc.nat(6),
  hasTools: fc.boolean(),
  hasThinking: fc.boolean(),
});
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
const name = fc.constantFrom(...NAMES);
const input = fc.record({
  model: fc.constantFrom("claude-opus-5-5", "claude-opus-5-5", "claude-sonnet-5-5"),
  project: name,
  person: fc.option(name),
  personEmail: fc.option(name),
  team: fc.option(name),
  key: fc.option(name),
  keyName: fc.option(name),
  header: fc.option(name).map((value) => () => value),
  path: fc.constantFrom("/t", "/t/a/v1/messages", "/v1/messages", "/t/*"),
  sessionKey: fc.option(fc.string()),
  agentId: fc.option(name),
  promptTokens: fc.option(fc.nat(8)),
  hasTools: fc.boolean(),
  hasThinking: fc.boolean(),
  titleLike: fc.boolean(),
  nowMs: fc.nat(7 * 24 * 60).map((minutes) => MONDAY_MS + minutes * 60_000),
});
const open: fc.Arbitrary<AssumedConditions> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(NOTHING_ASSUMED) },
  fc.record({
    subagent: fc.boolean(),
    promptTokens: fc.boolean(),
    hoursAndShare: fc.boolean(),
    tools: fc.boolean(),
    thinking: fc.boolean(),
  }),
);

describe("deciding with an index", () => {
  it("always finds the rule that trying each in turn finds, for few rules and for many", () => {
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
            expect(decision.ruleId).toBe(firstThatApplies(compiled, asked, leftOpen));
          }
        },
      ),
      { numRuns: 300 },
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
      expect(decide(compiled, 1, asked).ruleId).toBe(firstThatApplies(compiled, asked, NOTHING_ASSUMED));
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
      expect(decide(compiled, 1, asked).ruleId).toBe(firstThatApplies(compiled, asked, NOTHING_ASSUMED));
    }
  });
});
