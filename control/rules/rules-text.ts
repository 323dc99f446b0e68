import { type ParsedRules, parseOverridesToml } from "#config/overrides-toml.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { compileRules } from "#core/rules/compile.ts";
import { refusedTargets } from "#core/rules/refused-targets.ts";
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
}

/** Checks a text without publishing it: its problems, and the results of its tests. */
export async function checkRulesText(toml: string, deps: ControlDeps): Promise<CheckedText> {
  const context = await rulesContext(deps);
  const parsed = parseOverridesToml(toml, context);
  if (!parsed.ok) return { ruleSet: null, problems: parsed.problems, refused: [], tests: [] };
  const { ruleSet, problems } = parsed;
  const live = await latestRuleVersion(deps.db);
  const liveText = live && parseOverridesToml(live.toml, context);
  const refused = refusedTargets(ruleSet, problems, liveText?.ok ? liveText.ruleSet : null, context);
  return { ruleSet, problems, refused, tests: runRuleTests(ruleSet, compileRules(ruleSet, context.catalogue)) };
}
