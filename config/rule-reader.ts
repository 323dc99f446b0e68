import { DEFAULT_OPTIONS } from "#core/rules/adapt/adaptation.ts";
import { collectDescribed } from "#core/rules/conditions/registry.ts";
import { derivedId } from "#core/rules/rule-id.ts";
import {
  type FallbackMode,
  type FieldWish,
  NO_CONDITIONS,
  type Rule,
  type RuleForm,
  type RuleTest,
} from "#core/rules/rule-set.ts";
import { hasOnlyHarmlessUnknowns, readConditions, readWindow } from "./condition-reader.ts";
import { refusePattern, requiredModel } from "./model-name-reader.ts";
import type { ProblemList } from "./problem-list.ts";
import { isTable, type Located, TableReader, typeName } from "./table-reader.ts";
import type { Span } from "./toml-mistake.ts";

/** A rule and the spans of its parts, for remarks that are found later. */
export interface LocatedRule {
  rule: Rule;
  hasOwnId: boolean;
  /** False where `enabled` has an error: the rule may be meant to be off. */
  isSwitchRead: boolean;
  spans: { rule: Span; from: Span; to: Span; percentage: Span };
}

/** The only model that was read in a rule whose other one was not. It is looked up all the same. */
interface LoneModel {
  model: string;
  span: Span;
}

/** What every reader of a rule writes to. */
export interface RuleProblems {
  list: ProblemList;
  /** Requested models without a served one. */
  loneSources: LoneModel[];
  /** Served models without a requested one. */
  loneTargets: LoneModel[];
}

const WISHES: readonly FieldWish[] = ["drop", "skip"];
const FALLBACKS: readonly FallbackMode[] = ["on-refusal", "on-overload", "never"];

/** Reads one `[[rule]]` table; null when it is too incomplete to be a rule. */
export function readRuleTable(placed: Located, zone: string, problems: RuleProblems): LocatedRule | null {
  const { list } = problems;
  if (!isTable(placed.value)) {
    list.add("error", placed.span, "bad-type", `A rule is a table under [[rule]], not ${typeName(placed.value)}.`);
    return null;
  }
  const reader = TableReader.of(placed, list);
  const from = requiredModel(reader, "from");
  const to = requiredModel(reader, "to");
  if (to !== null) refusePattern(reader, "to", to);
  return finishRule(
    reader,
    { form: "rule", from, to, fromSpan: reader.get("from")?.span, toKey: "to" },
    zone,
    problems,
  );
}

/** Rule of two models and nothing else, without an id. */
export const plainRule = (line: number, from: string, to: string): Rule => ({
  id: "",
  form: "pair",
  line,
  from,
  to,
  note: null,
  enabled: true,
  percentage: 100,
  when: NO_CONDITIONS,
  fallback: "on-refusal",
  cache: false,
  ...DEFAULT_OPTIONS,
});

interface RuleHead {
  form: RuleForm;
  from: string | null;
  to: string | null;
  fromSpan: Span | undefined;
  toKey: string;
  ruleSpan?: Span;
}

/** Reads what both table forms have in common. Null, with the models that were read, where one of the two is missing. */
export function finishRule(
  reader: TableReader,
  head: RuleHead,
  zone: string,
  { loneSources, loneTargets }: RuleProblems,
): LocatedRule | null {
  const ownId = readOwnId(reader);
  const note = reader.string("note");
  const enabled = reader.boolean("enabled");
  const percentage = reader.number("percentage", { min: 0, max: 100, isWhole: false }) ?? 100;
  const fallback = reader.choice("fallback", FALLBACKS) ?? "on-refusal";
  const cache = reader.boolean("cache") ?? false;
  const safeguards = reader.choice("safeguards", WISHES) ?? DEFAULT_OPTIONS.safeguards;
  const fastMode = reader.choice("fast_mode", WISHES) ?? DEFAULT_OPTIONS.fastMode;
  const window = readWindow(reader, "time_window", zone);
  const { when, isComplete } = readConditions(reader, window, zone);
  const where = head.form === "rule" ? "[[rule]]" : "an entry of [per_model_rules]";
  const isHarmless = hasOnlyHarmlessUnknowns(reader, where);
  const span = head.ruleSpan ?? reader.span;
  const from = head.fromSpan ?? span;
  const to = reader.get(head.toKey)?.span ?? span;
  if (head.from === null || head.to === null) {
    if (head.from !== null) loneSources.push({ model: head.from, span: from });
    if (head.to !== null) loneTargets.push({ model: head.to, span: to });
    return null;
  }
  const line = reader.list.findLine(span);
  const rule: Rule = {
    id: "",
    form: head.form,
    line,
    from: head.from,
    to: head.to,
    note,
    enabled: enabled !== false && isComplete && isHarmless,
    percentage,
    when,
    fallback,
    cache,
    safeguards,
    fastMode,
  };
  return {
    rule: { ...rule, id: ownId ?? derivedId(rule, zone) },
    hasOwnId: ownId !== null,
    isSwitchRead: enabled !== null || !reader.has("enabled"),
    spans: { rule: span, from, to, percentage: reader.get("percentage")?.span ?? span },
  };
}

function readOwnId(reader: TableReader): string | null {
  const id = reader.string("id");
  if (id === null || /^[A-Za-z0-9_.-]{1,64}$/.test(id)) return id;
  return reader.error("id", "bad-value", "id may have at most 64 letters, digits, - _ and .");
}

/** Reads one `[[test]]` table. */
export function readTest(placed: Located, list: ProblemList): RuleTest | null {
  if (!isTable(placed.value)) {
    list.add("error", placed.span, "bad-type", `A test is a table under [[test]], not ${typeName(placed.value)}.`);
    return null;
  }
  const reader = TableReader.of(placed, list);
  const model = requiredModel(reader, "model");
  const expect = requiredModel(reader, "expect");
  const line = list.findLine(placed.span);
  const described = collectDescribed((fact) => fact.parse(reader));
  reader.warnAboutUnknown("[[test]]");
  return model === null || expect === null ? null : { ...described, line, model, expect };
}
