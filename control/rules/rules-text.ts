import { type ParsedRules, parseOverridesToml, TOO_MANY_RULES } from "#config/overrides-toml.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { AppError } from "#core/errors.ts";
import { formatCount } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { compileRules } from "#core/rules/compile.ts";
import { refusedTargets, withRefusedTargets } from "#core/rules/refused-targets.ts";
import type { Problem, RuleSet } from "#core/rules/rule-set.ts";
import { type RuleTestResult, runRuleTests } from "#core/rules/run-rule-tests.ts";
import { toDayKey } from "#core/time/instant.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";

/** Context of parsing: the same text may have another meaning tomorrow, when a model retires. */
export interface RulesContext {
  catalogue: Catalogue;
  today: string;
  zone: string;
}

export async function rulesContext(deps: ControlDeps): Promise<RulesContext> {
  const zone = await reportingZone(deps);
  return { catalogue: deps.config.catalogue, today: toDayKey(deps.now().getTime(), zone), zone };
}

/** Rules in a text that the console reads: some hundred milliseconds. A file may have more. */
export const RULES_MAX = 2_000;

/** Each test may look at each rule: with as many together a second. */
const LOOKS_MAX = 500_000;

/** Parses a text that a caller sent. Throws `request.invalid` when it has more rules, or tests for them, than the console reads. */
export async function readSentText(toml: string, deps: ControlDeps): Promise<ParsedRules> {
  const parsed = parseOverridesToml(toml, { ...(await rulesContext(deps)), rulesMax: RULES_MAX });
  const message = parsed.problems.find(({ code }) => code === TOO_MANY_RULES)?.message ?? tooManyTests(parsed);
  if (message === null) return parsed;
  throw new AppError("request.invalid", { fields: { toml: message } }, `toml: ${message}`);
}

function tooManyTests(parsed: ParsedRules): string | null {
  if (!parsed.ok) return null;
  const { rules, tests } = parsed.ruleSet;
  if (rules.length * tests.length <= LOOKS_MAX) return null;
  const allowed = formatCount(Math.floor(LOOKS_MAX / rules.length));
  return `The text has ${formatCounted(tests.length, "test")}; beside ${formatCounted(rules.length, "rule")} ${allowed} are allowed.`;
}

/** Parses a rules text with today's catalogue and the reporting zone. */
export async function readRulesText(toml: string, deps: ControlDeps): Promise<ParsedRules> {
  return parseOverridesToml(toml, await rulesContext(deps));
}

interface CheckedText {
  /** Null when the text cannot be parsed at all. */
  ruleSet: RuleSet | null;
  problems: readonly Problem[];
  /** Problems that a file may have and the console does not publish. */
  refused: readonly Problem[];
  tests: readonly RuleTestResult[];
  live: Awaited<ReturnType<typeof latestRuleVersion>>;
  /** Of the live version; null: there is none, or it or the text cannot be parsed. */
  liveRules: RuleSet | null;
}

/** Checks a text without publishing it: its problems, and the results of its tests. */
export async function checkRulesText(toml: string, deps: ControlDeps): Promise<CheckedText> {
  const context = await rulesContext(deps);
  const parsed = await readSentText(toml, deps);
  const live = await latestRuleVersion(deps.db);
  const liveText = live && parseOverridesToml(live.toml, context);
  const liveRules = liveText?.ok ? liveText.ruleSet : null;
  const { problems } = parsed;
  if (!parsed.ok) {
    const all = withRefusedTargets(problems, liveRules, context);
    return { ruleSet: null, problems: all, refused: [], tests: [], live, liveRules: null };
  }
  const { ruleSet } = parsed;
  const refused = refusedTargets(ruleSet, problems, liveRules, context);
  return {
    ruleSet,
    problems,
    refused,
    live,
    liveRules,
    tests: runRuleTests(ruleSet, compileRules(ruleSet, context.catalogue)),
  };
}
