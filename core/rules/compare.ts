import { shortModel } from "#core/costs/model-key.ts";
import { formatCounted } from "#core/report/plural.ts";
import { CONDITIONS } from "./conditions/registry.ts";
import type { Rule, RuleSet } from "./rule-set.ts";

export interface RuleChange {
  kind: "added" | "removed" | "changed" | "moved" | "setting";
  text: string;
}

/**
 * Lists the differences in meaning between two rule sets, in words. Comments, spelling of the file and line numbers
 * do not count.
 */
export function compareRuleSets(before: RuleSet, after: RuleSet): RuleChange[] {
  const pairs = pairRules(before.rules, after.rules);
  const oldOfNew = new Map(pairs.map(([old, current]) => [current, old]));
  const paired = new Set(pairs.map(([old]) => old));
  const changes: RuleChange[] = settingChanges(before, after);
  for (const rule of before.rules) {
    if (!paired.has(rule)) changes.push({ kind: "removed", text: `${formatRule(rule)}: removed` });
  }
  after.rules.forEach((rule, position) => {
    const old = oldOfNew.get(rule);
    if (!old) changes.push({ kind: "added", text: `${describe(rule)}: added as rule ${position + 1}` });
    else
      for (const text of differences(old, rule))
        changes.push({ kind: "changed", text: `${formatRule(rule)}: ${text}` });
  });
  return [...changes, ...movedRules(before.rules, after.rules, oldOfNew), ...testChanges(before, after)];
}

/**
 * Pairs rules: same id first, then same models, then same requested model. Each old rule pairs with at most one new
 * rule.
 */
function pairRules(before: readonly Rule[], after: readonly Rule[]): [Rule, Rule][] {
  const pairs: [Rule, Rule][] = [];
  let oldLeft = [...before];
  let newLeft = [...after];
  const keys = [(rule: Rule) => rule.id, (rule: Rule) => `${rule.from}\n${rule.to}`, (rule: Rule) => rule.from];
  for (const readKey of keys) {
    const waiting = new Map<string, Rule[]>();
    for (const rule of oldLeft) {
      const others = waiting.get(readKey(rule));
      if (others) others.push(rule);
      else waiting.set(readKey(rule), [rule]);
    }
    const met = new Set<Rule>();
    for (const rule of newLeft) {
      const old = waiting.get(readKey(rule))?.shift();
      if (!old) continue;
      pairs.push([old, rule]);
      met.add(old).add(rule);
    }
    oldLeft = oldLeft.filter((rule) => !met.has(rule));
    newLeft = newLeft.filter((rule) => !met.has(rule));
  }
  return pairs;
}

/** Finds the moved rules: those outside a longest run that kept its order. */
function movedRules(before: readonly Rule[], after: readonly Rule[], oldOfNew: ReadonlyMap<Rule, Rule>): RuleChange[] {
  const oldIndex = new Map(before.map((rule, place) => [rule, place]));
  const kept = after.flatMap((rule, place) => {
    const old = oldOfNew.get(rule);
    return old ? [{ rule, place, oldIndex: oldIndex.get(old) ?? 0 }] : [];
  });
  const inOrder = longestRising(kept.map((entry) => entry.oldIndex));
  return kept
    .filter((_, index) => !inOrder.has(index))
    .map(({ rule, place, oldIndex }) => ({
      kind: "moved" as const,
      text: `${formatRule(rule)}: moved ${place < oldIndex ? "up" : "down"} from position ${oldIndex + 1} to ${place + 1}`,
    }));
}

/** Finds the indexes of one longest increasing subsequence, in n log n. */
export function longestRising(values: readonly number[]): Set<number> {
  const tails: number[] = [];
  const previous = new Array<number>(values.length).fill(-1);
  values.forEach((value, index) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : (tails[low - 1] ?? -1);
    tails[low] = index;
  });
  const chosen = new Set<number>();
  for (let index = tails.at(-1) ?? -1; index !== -1; index = previous[index] ?? -1) chosen.add(index);
  return chosen;
}

const formatRule = (rule: Rule): string => `${shortModel(rule.from)} → ${shortModel(rule.to)}`;

function describe(rule: Rule): string {
  const parts = [formatRule(rule)];
  if (rule.percentage !== 100) parts.push(`for ${rule.percentage} % of sessions`);
  const conditions = conditionTexts(rule).map(([, text]) => text);
  if (conditions.length > 0) parts.push(`when ${conditions.join(" and ")}`);
  if (rule.safeguards === "drop") parts.push("leaving out safeguards");
  if (!rule.enabled) parts.push("switched off");
  return parts.join(", ");
}

/** Formats each condition of a rule, by name. */
const conditionTexts = ({ when }: Rule) => CONDITIONS.flatMap((condition) => condition.describe(when));

function differences(old: Rule, current: Rule): string[] {
  const found: string[] = [];
  if (old.to !== current.to) found.push(`now served by ${shortModel(current.to)} instead of ${shortModel(old.to)}`);
  if (old.from !== current.from) found.push(`now for ${current.from} instead of ${old.from}`);
  if (old.enabled !== current.enabled) found.push(current.enabled ? "switched on" : "switched off");
  if (old.percentage !== current.percentage) found.push(`share ${old.percentage} % → ${current.percentage} %`);
  const before = new Map(conditionTexts(old));
  const after = new Map(conditionTexts(current));
  for (const [name, text] of after) {
    const was = before.get(name);
    if (was === undefined) found.push(`now only when ${text}`);
    else if (was !== text) found.push(`now when ${text} (was: ${was})`);
  }
  for (const [name, text] of before) if (!after.has(name)) found.push(`no longer only when ${text}`);
  if (old.fallback !== current.fallback) found.push(`fallback ${old.fallback} → ${current.fallback}`);
  if (old.cache !== current.cache)
    found.push(
      current.cache
        ? "its responses may come from the cache even if they vary"
        : "its varying responses no longer come from the cache",
    );
  if (old.safeguards !== current.safeguards)
    found.push(current.safeguards === "drop" ? "safeguards may be left out" : "safeguards are never left out any more");
  if (old.fastMode !== current.fastMode)
    found.push(current.fastMode === "skip" ? "fast mode keeps its model" : "fast mode is left out where there is none");
  if (old.note !== current.note) found.push(current.note === null ? "note removed" : `note "${current.note}"`);
  return found;
}

function settingChanges(before: RuleSet, after: RuleSet): RuleChange[] {
  const rows: [string, unknown, unknown][] = [
    ["log_overrides", before.analytics.logOverrides, after.analytics.logOverrides],
    ["track_statistics", before.analytics.trackStatistics, after.analytics.trackStatistics],
    ["report_format", before.analytics.reportFormat, after.analytics.reportFormat],
    ["response cache", before.cache.enabled ? "on" : "off", after.cache.enabled ? "on" : "off"],
    ["response cache max_mb", before.cache.maxMb, after.cache.maxMb],
    ["response cache ttl_seconds", before.cache.ttlSeconds, after.cache.ttlSeconds],
    ["response cache scope", before.cache.scope, after.cache.scope],
  ];
  const texts = rows.filter(([, was, is]) => was !== is).map(([name, was, is]) => `${name}: ${was} → ${is}`);
  if (before.enabled !== after.enabled)
    texts.unshift(after.enabled ? "Overrides resumed" : "Overrides paused for everyone");
  return texts.map((text) => ({ kind: "setting" as const, text }));
}

function testChanges(before: RuleSet, after: RuleSet): RuleChange[] {
  const meaning = ({ line: _line, ...test }: RuleSet["tests"][number]) => JSON.stringify(test);
  const old = new Set(before.tests.map(meaning));
  const current = new Set(after.tests.map(meaning));
  const added = [...current].filter((test) => !old.has(test)).length;
  const removed = [...old].filter((test) => !current.has(test)).length;
  const count = (number: number, what: string) => (number === 0 ? [] : [`${formatCounted(number, "test")} ${what}`]);
  return [...count(added, "added"), ...count(removed, "removed")].map((text) => ({ kind: "setting" as const, text }));
}
