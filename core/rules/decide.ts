import { shortModel } from "#core/costs/model-key.ts";
import { type CompiledRules, candidatesFor, isAboutModel, toModelKey } from "./compile.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { DecideInput } from "./decide-input.ts";
import { type AssumedConditions, findMismatch, formatMismatch, type Mismatch, NOTHING_ASSUMED } from "./mismatch.ts";
import type { FallbackMode } from "./rule-set.ts";

type PassReason = "overrides-off" | "no-rule" | "outside-window" | "outside-share" | "condition" | "same-model";

/**
 * Model that serves a request, and always the reason. A pass names the first rule whose conditions were met and whose
 * share left the session out: that rule decided. Without one it names the first rule about this model, if any was.
 */
export type Decision =
  | {
      kind: "override";
      requested: string;
      served: string;
      ruleId: string;
      line: number;
      version: number | null;
      fallback: FallbackMode;
      why: "rule";
    }
  | { kind: "pass"; requested: string; why: PassReason; ruleId: string | null; version: number | null };

/** Result of evaluating one rule, in order, down to the one that matched. */
export interface TraceStep {
  ruleId: string;
  line: number;
  from: string;
  to: string;
  note: string | null;
  outcome: "matched" | "disabled" | "other-model" | "outside-window" | "outside-share" | "condition";
  detail: string;
}

export interface Explanation {
  decision: Decision;
  trace: TraceStep[];
  sentence: string;
}

/** Applies the rules to one request. Pure: the same rules, version and input always give the same decision. */
export function decide(compiled: CompiledRules, version: number | null, input: DecideInput): Decision {
  if (!compiled.ruleSet.enabled) return pass(version, input, "overrides-off", null);
  return decideLeavingOpen(compiled, version, input, NOTHING_ASSUMED);
}

/** Decides like `decide`, but ignores the global switch and the assumed conditions: for tests of rules. */
export function decideLeavingOpen(
  compiled: CompiledRules,
  version: number | null,
  input: DecideInput,
  assumed: AssumedConditions,
): Decision {
  const candidates = candidatesFor(compiled, input.model);
  let matched: CompiledRule | null = null;
  let heldOut: CompiledRule | null = null;
  candidates.walk(input, assumed, (candidate) => {
    const mismatch = findMismatch(candidate, input, assumed);
    if (mismatch === null) matched = candidate;
    else if (mismatch === "outside-share") heldOut ??= candidate;
    return mismatch === null;
  });
  return matched
    ? applied(compiled, matched, version, input)
    : passed(heldOut ?? candidates.first, version, input, (rule) => findMismatch(rule, input, assumed));
}

/** Explains the decision of `decide`: every rule that was evaluated, and one sentence for people. */
export function explain(compiled: CompiledRules, version: number | null, input: DecideInput): Explanation {
  const decision = decide(compiled, version, input);
  const trace: TraceStep[] = [];
  for (const rule of decision.why === "overrides-off" ? [] : compiled.rules) {
    const step = tryRule(compiled, rule, input);
    trace.push(step);
    if (step.outcome === "matched") break;
  }
  return { decision, trace, sentence: describeDecision(compiled, decision, trace) };
}

function applied(compiled: CompiledRules, matched: CompiledRule, version: number | null, input: DecideInput): Decision {
  const { rule } = matched;
  const requested = input.model;
  // A dotted spelling of the target is no id the provider knows: there the override corrects it.
  const isTarget =
    rule.to === requested ||
    (compiled.providerIds.has(requested) && toModelKey(compiled.catalogue, requested) === matched.targetKey);
  if (isTarget) return pass(version, input, "same-model", rule.id);
  const { id: ruleId, line, to: served, fallback } = rule;
  return { kind: "override", requested, served, ruleId, line, version, fallback, why: "rule" };
}

function passed(
  named: CompiledRule | null,
  version: number | null,
  input: DecideInput,
  obstacleFor: (rule: CompiledRule) => Mismatch | null,
): Decision {
  if (named === null) return pass(version, input, "no-rule", null);
  return pass(version, input, toReason(obstacleFor(named)), named.rule.id);
}

const pass = (version: number | null, input: DecideInput, why: PassReason, ruleId: string | null): Decision => ({
  kind: "pass",
  requested: input.model,
  why,
  ruleId,
  version,
});

const toReason = (mismatch: Mismatch | null): "outside-window" | "outside-share" | "condition" =>
  mismatch === null ? "condition" : mismatch === "outside-share" ? mismatch : mismatch.condition.passReason;

function tryRule(compiled: CompiledRules, candidate: CompiledRule, input: DecideInput): TraceStep {
  const { id: ruleId, line, from, to, note, enabled } = candidate.rule;
  const step = (outcome: TraceStep["outcome"], detail: string): TraceStep => ({
    ruleId,
    line,
    from,
    to,
    note,
    outcome,
    detail,
  });
  if (!enabled) return step("disabled", "the rule is switched off");
  if (!isAboutModel(compiled, candidate, input.model)) return step("other-model", `${input.model} is not ${from}`);
  const mismatch = findMismatch(candidate, input, NOTHING_ASSUMED);
  if (mismatch === null) return step("matched", `${input.model} is served by ${to}`);
  return step(toReason(mismatch), formatMismatch(candidate, input, mismatch));
}

function describeDecision(compiled: CompiledRules, decision: Decision, trace: readonly TraceStep[]): string {
  const { ruleId } = decision;
  const at = ruleId === null ? -1 : trace.findIndex((step) => step.ruleId === ruleId);
  const step = trace[at];
  const place = step ? `rule ${at + 1}, line ${step.line}` : "";
  const note = step?.note ? ` (${step.note})` : "";
  if (decision.kind === "override") return `${shortModel(decision.served)} because ${place}${note}`;
  const stays = `${shortModel(decision.requested)} stays`;
  if (decision.why === "overrides-off") return `${stays} because overrides are paused`;
  if (decision.why === "same-model") return `${stays} because ${place}${note} asks for the same model`;
  if (step) return `${stays} because of ${place}: ${step.detail}`;
  return `${stays} because ${compiled.rules.length === 0 ? "there are no rules" : "no rule is about this model"}`;
}
