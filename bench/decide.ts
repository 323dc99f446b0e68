import { pathToFileURL } from "node:url";
import { loadCatalogue } from "#config/models-toml.ts";
import { DEFAULT_OPTIONS } from "#core/rules/adapt/adaptation.ts";
import { compileRules } from "#core/rules/compile.ts";
import { decide } from "#core/rules/decide.ts";
import type { DecideInput } from "#core/rules/decide-input.ts";
import { describedRequest } from "#core/rules/described-request.ts";
import { EMPTY_RULE_SET, NO_CONDITIONS, type Rule, type RuleConditions } from "#core/rules/rule-set.ts";
import type { TimeWindow } from "#core/rules/time-window.ts";

/** Rules of one kind, and the request that has to go furthest through them: it is about the last one. */
interface Kind {
  name: string;
  rule(i: number, isLast: boolean): Partial<Omit<Rule, "when">> & { when?: Partial<RuleConditions> };
  request(last: number): Partial<DecideInput>;
}

export interface DecideFigure {
  kind: string;
  rules: number;
  /** Median of several rounds. */
  usPerDecision: number;
}

export const RULE_COUNTS = [10, 100, 1_000, 10_000] as const;

const header = (value: string) => (name: string) => (name === "x-stage" ? value : null);

const ALL_YES = { hasTools: true, hasThinking: true, subagent: true, titleLike: true };
const ONE_NO = [{ hasTools: false }, { hasThinking: false }, { subagent: false }, { titleLike: false }];

const NOON_MS = Date.parse("2026-11-25T12:00:00Z");
const ZONES = ["UTC", "Europe/Berlin", "America/St_Johns"];
const buildWindow = (i: number, fromMinute: number, toMinute: number): TimeWindow => ({
  days: new Array<boolean>(7).fill(true),
  fromMinute,
  toMinute,
  zone: ZONES[i % ZONES.length] ?? "UTC",
  name: null,
});

const kinds: readonly Kind[] = [
  {
    name: "a model each",
    rule: (i) => ({ from: `claude-custom-${i}x` }),
    request: (i) => ({ model: `claude-custom-${i}x` }),
  },
  {
    name: "one model, a project each",
    rule: (i) => ({ when: { project: [`p${i}`] } }),
    request: (i) => ({ project: `p${i}` }),
  },
  {
    name: "one model, a person each",
    rule: (i) => ({ when: { person: [`p${i}`] } }),
    request: (i) => ({ person: `p${i}` }),
  },
  {
    name: "one model, a proxy key each",
    rule: (i) => ({ when: { key: [`k${i}`] } }),
    request: (i) => ({ key: `k${i}` }),
  },
  {
    name: "one model, a header's value each",
    rule: (i) => ({ when: { header: [{ name: "x-stage", values: [`v${i}`] }] } }),
    request: (i) => ({ header: header(`v${i}`) }),
  },
  {
    name: "one model, a path each",
    rule: (i) => ({ when: { pathPrefix: [`/t/team${i}`] } }),
    request: (i) => ({ path: `/t/team${i}/v1/messages` }),
  },
  {
    name: "one model, a pattern of projects each",
    rule: (i) => ({ when: { project: [`team${i}-*`] } }),
    request: (i) => ({ project: `team${i}-web` }),
  },
  {
    name: "one model, projects that end alike each",
    rule: (i) => ({ when: { project: [`*-team${i}`] } }),
    request: (i) => ({ project: `web-team${i}` }),
  },
  {
    name: "models that end alike each",
    rule: (i) => ({ from: `*-custom-${i}x` }),
    request: (i) => ({ model: `my-custom-${i}x` }),
  },
  // From here on nothing names a caller, so no name can be looked up.
  {
    name: "one model, a prompt size each",
    rule: (i) => ({ when: { minPromptTokens: i, maxPromptTokens: i } }),
    request: (i) => ({ promptTokens: i }),
  },
  {
    name: "one model, prompt sizes that lie in one another",
    rule: (i) => ({ when: { minPromptTokens: 20_000 - i, maxPromptTokens: 20_000 + i } }),
    request: (i) => ({ promptTokens: 20_000 - i }),
  },
  {
    name: "one model, yes or no, the last one fits",
    rule: (i, isLast) => ({ when: isLast ? ALL_YES : (ONE_NO[i % ONE_NO.length] ?? {}) }),
    request: () => ({ hasTools: true, hasThinking: true, agentId: "a", titleLike: true }),
  },
  {
    name: "one model, hours in three zones, the last one fits",
    rule: (i, isLast) => ({
      when: { hours: isLast ? buildWindow(i, 0, 1_440) : buildWindow(i, i % 300, 300 + (i % 60)) },
    }),
    request: () => ({ nowMs: NOON_MS }),
  },
  {
    name: "one model, one person, a prompt size each",
    rule: (i) => ({ when: { person: ["ada"], minPromptTokens: i, maxPromptTokens: i } }),
    request: (i) => ({ person: "ada", promptTokens: i }),
  },
  {
    name: "one model, half of the sessions each, no session known",
    rule: (_, isLast) => ({ percentage: isLast ? 100 : 50 }),
    request: () => ({ sessionKey: null }),
  },
];

/** Duration of one decision, for rules that are as hard to distinguish as their kind allows. */
export function decideFigures(counts: readonly number[] = RULE_COUNTS): DecideFigure[] {
  const catalogue = loadCatalogue();
  return kinds.flatMap((kind) =>
    counts.map((count) => {
      const rules = Array.from({ length: count }, (_, i) => buildRule(kind, i, i === count - 1));
      const compiled = compileRules({ ...EMPTY_RULE_SET, rules }, catalogue);
      const asked = describedRequest({ model: "claude-opus-5-5", nowMs: 0, sessionKey: "s", promptTokens: 1_000 });
      const input: DecideInput = { ...asked, ...kind.request(count - 1) };
      if (decide(compiled, 1, input).ruleId !== rules.at(-1)?.id) throw new Error(`${kind.name}: not the last rule`);
      return { kind: kind.name, rules: count, usPerDecision: microseconds(() => decide(compiled, 1, input)) };
    }),
  );
}

function buildRule(kind: Kind, i: number, isLast: boolean): Rule {
  const { when, ...said } = kind.rule(i, isLast);
  return {
    id: `rul_${i}`,
    form: "rule",
    line: i + 1,
    from: "opus",
    to: "claude-haiku-5-5",
    note: null,
    enabled: true,
    percentage: 100,
    fallback: "on-refusal",
    cache: false,
    ...DEFAULT_OPTIONS,
    ...said,
    when: { ...NO_CONDITIONS, ...when },
  };
}

const ROUNDS = 9;
const ROUND_MS = 15;

/** The median of a few short rounds: a busy machine disturbs some of them, not most. */
function microseconds(work: () => unknown): number {
  const perRound: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    let done = 0;
    while (performance.now() - startedAt < ROUND_MS) for (let i = 0; i < 20; i++, done++) work();
    perRound.push(((performance.now() - startedAt) * 1000) / done);
  }
  return perRound.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const figures = decideFigures();
  console.log(`µs per decision     ${RULE_COUNTS.map((count) => `${count} rules`.padStart(13)).join("")}`);
  for (const { name } of kinds) {
    const row = figures
      .filter((figure) => figure.kind === name)
      .map((figure) => figure.usPerDecision.toFixed(2).padStart(13));
    console.log(`${name}\n                    ${row.join("")}`);
  }
}
