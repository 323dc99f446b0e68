import { parse, TomlError } from "smol-toml";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { HEADER_NAMES_MAX } from "#core/rules/header-names.ts";
import { EMPTY_RULE_SET, type Problem, type RuleSet, type RuleTest } from "#core/rules/rule-set.ts";
import { readPair } from "./pair-reader.ts";
import { findPerModelEntries, readPerModelRule } from "./per-model-reader.ts";
import { ProblemList } from "./problem-list.ts";
import { type LocatedRule, type RuleProblems, readRuleTable, readTest } from "./rule-reader.ts";
import { addLoneModels, addWarnings, type ReadRules, readableRules } from "./rule-remarks.ts";
import { NOWHERE, TableReader } from "./table-reader.ts";
import { LineMap } from "./toml-mistake.ts";
import { scanToml } from "./toml-scan.ts";
import { TOML_DEPTH_MAX } from "./toml-value.ts";

export const RULES_FILE_BYTES_MAX = 1_048_576;
export const RULES_MAX = 10_000;
/** Code of the problem; no rule was looked at then. */
export const TOO_MANY_RULES = "too-many-rules";
const RULE_TESTS_MAX = 2_000;

interface ParseContext {
  catalogue: Catalogue;
  /** YYYY-MM-DD, for models that retire soon. */
  today: string;
  /** Default zone of hours: the reporting zone. UTC when unset. */
  zone?: string;
  /** What a file may have when unset. */
  rulesMax?: number;
}

/**
 * Result of parsing. Warnings leave a rule set usable; one error leaves none. Problems come in the order of the text.
 * `readable` is for remarks on models alone, never to be applied: null when a requested model was not read.
 */
export type ParsedRules =
  | { ok: true; ruleSet: RuleSet; problems: Problem[] }
  | { ok: false; readable: RuleSet | null; problems: Problem[] };

/**
 * Parses the text of a rules file. Never throws: a text that is not TOML gives its first error, a TOML text every
 * problem at once, each with line and column.
 */
export function parseOverridesToml(text: string, context: ParseContext): ParsedRules {
  const lines = new LineMap(text.length > RULES_FILE_BYTES_MAX ? "" : text);
  const list = new ProblemList(lines);
  if (new TextEncoder().encode(text).length > RULES_FILE_BYTES_MAX) {
    list.add("error", NOWHERE, "too-large", "The file is larger than 1 MB.");
    return { ok: false, readable: null, problems: list.sorted() };
  }
  const document = readToml(text, lines, list);
  if (document === null) return { ok: false, readable: null, problems: list.sorted() };

  const read = readRuleSet(document, context);
  addWarnings(read, context, list);
  addLoneModels(read, context, list);
  const problems = list.sorted();
  if (!list.hasErrors) return { ok: true, ruleSet: read.ruleSet, problems };
  const rules = readableRules(read, list);
  return { ok: false, readable: rules && { ...read.ruleSet, rules }, problems };
}

function readToml(text: string, lines: LineMap, list: ProblemList): TableReader | null {
  try {
    const value: unknown = parse(text, { maxDepth: TOML_DEPTH_MAX });
    const scan = scanToml(text);
    return TableReader.of({ value, node: scan.ok ? scan.root : null, span: NOWHERE }, list);
  } catch (error) {
    const scan = scanToml(text);
    if (scan.ok) addParserError(error, lines, list);
    else list.add("error", scan.mistake.span, scan.mistake.code, scan.mistake.message, scan.mistake.fix);
    return null;
  }
}

/** Adds an error that only the TOML library found, in its words. */
function addParserError(error: unknown, lines: LineMap, list: ProblemList): void {
  const place = error instanceof TomlError ? lines.findOffset(error.line, error.column) : 0;
  const [first = ""] = error instanceof Error ? error.message.split("\n") : [];
  const reason = first.replace("Invalid TOML document: ", "");
  list.add("error", { start: place, end: place + 1 }, "syntax", `This is not valid TOML: ${reason}.`);
}

function readRuleSet(document: TableReader, { zone = "UTC", rulesMax = RULES_MAX }: ParseContext): ReadRules {
  const { list } = document;
  const overrides = document.section("overrides", "a section: [overrides]");
  const enabled = overrides.boolean("enabled") ?? EMPTY_RULE_SET.enabled;
  const unreadBefore = list.errorCount - list.misshapenCount;
  const tables = document.tables("rule");
  const perModel = document.section("per_model_rules", "a section: [per_model_rules]");
  const pairs = overrides.entries("rules", 'a list of pairs: [["requested", "served"]]');
  const isEachListed = list.errorCount - list.misshapenCount === unreadBefore;
  const entries = findPerModelEntries(perModel);
  overrides.warnAboutUnknown("[overrides]");

  const count = tables.length + entries.length + pairs.length;
  if (count > rulesMax) {
    list.add("error", NOWHERE, TOO_MANY_RULES, `The file has ${count} rules; ${rulesMax} are allowed.`);
    return { ruleSet: EMPTY_RULE_SET, placed: [], unsound: new Set(), count, loneSources: [], loneTargets: [] };
  }
  const problems: RuleProblems = { list, loneSources: [], loneTargets: [] };
  const read: LocatedRule[] = [];
  const unsound = new Set<number>();
  const add = (readRule: () => LocatedRule | null) => {
    const errorsBefore = list.errorCount;
    const rule = readRule();
    if (rule === null) return;
    if (list.errorCount > errorsBefore) unsound.add(read.length);
    read.push(rule);
  };
  for (const table of tables) add(() => readRuleTable(table, zone, problems));
  for (const entry of entries) add(() => readPerModelRule(entry, zone, problems));
  for (const pair of pairs) add(() => readPair(pair, problems));
  const placed = withUniqueIds(read, list);
  refuseManyHeaders(placed, list);
  const ruleSet = {
    enabled,
    rules: placed.map(({ rule }) => rule),
    analytics: readAnalytics(document),
    cache: readCache(document),
    tests: readTests(document),
  };
  // Written by earlier versions into the same file; the numbers are in the database now.
  document.has("override_statistics");
  document.warnAboutUnknown("this file");
  return { ...problems, ruleSet, placed, unsound, count: isEachListed ? count : null };
}

function readAnalytics(document: TableReader): RuleSet["analytics"] {
  const section = document.section("analytics", "a section: [analytics]");
  const usual = EMPTY_RULE_SET.analytics;
  const analytics = {
    logOverrides: section.boolean("log_overrides") ?? usual.logOverrides,
    trackStatistics: section.boolean("track_statistics") ?? usual.trackStatistics,
    reportFormat: section.choice("report_format", ["json", "text", "silent"]) ?? usual.reportFormat,
  };
  section.warnAboutUnknown("[analytics]");
  return analytics;
}

function readCache(document: TableReader): RuleSet["cache"] {
  const section = document.section("cache", "a section: [cache]");
  const usual = EMPTY_RULE_SET.cache;
  const cache: RuleSet["cache"] = {
    enabled: section.boolean("enabled") ?? usual.enabled,
    maxMb: section.number("max_mb", { min: 1, max: 65_536, isWhole: true }) ?? usual.maxMb,
    ttlSeconds: section.number("ttl_seconds", { min: 1, max: 2_592_000, isWhole: true }) ?? usual.ttlSeconds,
    scope: section.choice("scope", ["caller", "project"]) ?? usual.scope,
  };
  section.warnAboutUnknown("[cache]");
  return cache;
}

function readTests(document: TableReader): RuleTest[] {
  const tests = document.tables("test");
  if (tests.length > RULE_TESTS_MAX) {
    document.error("test", "too-many-tests", `The file has ${tests.length} tests; ${RULE_TESTS_MAX} are allowed.`);
    return [];
  }
  return tests.map((test) => readTest(test, document.list)).filter((test) => test !== null);
}

/** Limits the headers that rules name: each costs every decision a look-up. */
function refuseManyHeaders(placed: readonly LocatedRule[], list: ProblemList): void {
  const names = new Set<string>();
  for (const { rule, spans } of placed) {
    for (const { name } of rule.when.header) names.add(name);
    if (names.size <= HEADER_NAMES_MAX) continue;
    const message = `The rules use more than ${HEADER_NAMES_MAX} different headers.`;
    list.add("error", spans.rule, "too-many-headers", message);
    return;
  }
}

/** Makes ids unique: two rules may mean the same, but an id names one rule. */
function withUniqueIds(rules: readonly LocatedRule[], list: ProblemList): LocatedRule[] {
  const taken = new Set<string>();
  for (const { rule, hasOwnId, spans } of rules) {
    if (!hasOwnId) continue;
    if (taken.has(rule.id)) list.add("error", spans.rule, "duplicate-id", `Two rules have the id "${rule.id}".`);
    taken.add(rule.id);
  }
  const counts = new Map<string, number>();
  return rules.map((entry) => {
    if (entry.hasOwnId) return entry;
    let id = entry.rule.id;
    while (taken.has(id)) {
      const next = (counts.get(entry.rule.id) ?? 1) + 1;
      counts.set(entry.rule.id, next);
      id = `${entry.rule.id}-${next}`;
    }
    taken.add(id);
    return { ...entry, rule: { ...entry.rule, id } };
  });
}
