import { pathToFileURL } from "node:url";
import { loadCatalogue } from "#config/models-toml.ts";
import { compileRules } from "#core/rules/compile.ts";
import { type DecideInput, decide } from "#core/rules/decide.ts";
import { describedRequest } from "#core/rules/described-request.ts";
import { EMPTY_RULE_SET, NO_CONDITIONS, type Rule, type RuleConditions } from "#core/rules/rule-set.ts";

/** Rules of one kind, and the request that has to go furthest through them: it is about the last one. */
interface Kind {
  name: string;
  rule(i: number): Partial<Omit<Rule, "when">> & { when?: Partial<RuleConditions> };
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
  // Nothing in these names a caller, so there is nothing to look up: every rule is tried.
  {
    name: "one model, a prompt size each (no index can help)",
    rule: (i) => ({ when: { minPromptTokens: i, maxPromptTokens: i } }),
    request: (i) => ({ promptTokens: i }),
  },
];

/** What one decision takes, for rules that are as hard to tell apart as their kind allows. */
export function decideFigures(counts: readonly number[] = RULE_COUNTS): DecideFigure[] {
  const catalogue = loadCatalogue();
  return kinds.flatMap((kind) =>
    counts.map((count) => {
      const rules = Array.from({ length: count }, (_, i) => ruleOf(kind, i));
      const compiled = compileRules({ ...EMPTY_RULE_SET, rules }, catalogue);
      const asked = describedRequest({ model: "claude-opus-5-5", nowMs: 0, sessionKey: "s", promptTokens: 1_000 });
      const input: DecideInput = { ...asked, ...kind.request(count - 1) };
      if (decide(compiled, 1, input).ruleId !== rules.at(-1)?.id) throw new Error(`${kind.name}: not the last rule`);
      return { kind: kind.name, rules: count, usPerDecision: microseconds(() => decide(compiled, 1, input)) };
    }),
  );
}

function ruleOf(kind: Kind, i: number): Rule {
  const { when, ...said } = kind.rule(i);
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
