import { formatCounted } from "#core/report/plural.ts";
import { isGlob } from "#core/rules/glob.ts";
import { derivedId } from "#core/rules/rule-id.ts";
import { checkModel, PATTERN_TARGET } from "./model-name-reader.ts";
import { type LocatedRule, plainRule, type RuleProblems } from "./rule-reader.ts";
import { type Located, typeName } from "./table-reader.ts";
import type { Span } from "./toml-mistake.ts";

/** Reads one `["requested", "served"]` pair. Of what is no pair, too, the models are checked that are there. */
export function readPair(placed: Located, problems: RuleProblems): LocatedRule | null {
  const { value, span } = placed;
  const { list, loneSources, loneTargets } = problems;
  const entries: unknown[] = Array.isArray(value) ? value : [];
  const isPair = entries.length === 2 && entries.every((entry) => typeof entry === "string");
  if (!isPair) {
    const message = `A rule is a pair of texts: ["requested model", "served model"]. ${pairTrouble(value)}`;
    list.add("error", span, "bad-pair", message);
  }
  const fromSpan = placed.node?.items?.[0]?.value ?? span;
  const toSpan = placed.node?.items?.[1]?.value ?? span;
  const from = readModel(entries[0], fromSpan, "The requested model", problems);
  const to = readModel(entries[1], toSpan, "The served model", problems);
  if (to !== null && isGlob(to)) list.add("error", toSpan, "pattern-target", PATTERN_TARGET);
  if (!isPair || from === null || to === null) {
    if (from !== null) loneSources.push({ model: from, span: fromSpan });
    if (to !== null) loneTargets.push({ model: to, span: toSpan });
    return null;
  }
  const rule = plainRule(list.findLine(span), from, to);
  return {
    rule: { ...rule, id: derivedId(rule, "UTC") },
    hasOwnId: false,
    isSwitchRead: true,
    spans: { rule: span, from: fromSpan, to: toSpan, percentage: span },
  };
}

function readModel(model: unknown, span: Span, what: string, { list }: RuleProblems): string | null {
  return typeof model === "string" && checkModel(list, span, what, model) ? model : null;
}

function pairTrouble(value: unknown): string {
  if (!Array.isArray(value)) return `This is ${typeName(value)}.`;
  if (value.length !== 2) return `This one has ${formatCounted(value.length, "entry", "entries")}.`;
  return `This one contains ${value.map(typeName).join(" and ")}.`;
}
