import { shortModel } from "#core/costs/model-key.ts";
import type { HazardCode } from "#core/rules/hazards/code.ts";
import { HAZARD_WORDS } from "#core/rules/hazards/registry.ts";
import { isShareAsked } from "#core/rules/share-bucket.ts";
import type { DecisionKind, RequestEvent } from "./request-event.ts";

/** The rule a decision names, as it stood in the version that decided. */
export interface RuleOfDecision {
  /** Its place in the order of evaluation, from 1. */
  place: number;
  line: number;
  from: string;
  to: string;
  note: string | null;
  /** What it asks for besides the model, each in a few words. */
  conditions: readonly string[];
  percentage: number;
}

export interface DecisionFacts {
  decision: DecisionKind;
  reason: string;
  requested: string | null;
  served: string | null;
  version: number | null;
  /** Null: the decision names no rule, or its version is not known any more. */
  rule: RuleOfDecision | null;
}

type ShareFacts = Pick<RequestEvent, "arm" | "reason" | "ruleId" | "sessionId">;

/** Why a request was served by the model it was served by: which rule of which version, or why none. */
export function decisionSentence(facts: DecisionFacts): string {
  const { decision, reason, rule } = facts;
  if (decision === "override") return overrideSentence(facts);
  if (decision === "fallback") return fallbackSentence(facts);
  if (decision === "skipped") return skippedSentence(facts);
  const asked = formatModel(facts.requested);
  const named = rule === null ? `A rule${ofVersion(facts.version)}` : ruleName(facts);
  switch (reason) {
    case "not-decided":
      return facts.requested === null
        ? "The rules were not asked: the request names no model, or was refused first."
        : `${capital(asked)} was asked for, and the request was refused before the rules were asked.`;
    case "batch":
      return "It was answered in a batch: rules are not asked about batches.";
    case "overrides-off":
      return "Overrides were off: every request is served by the model it asks for.";
    case "no-rule":
      return `No rule${ofVersion(facts.version)} is about ${asked}, so it served the request itself.`;
    case "outside-window":
      return `${named} is about ${asked}, but not at this hour${forWhat(rule)}.`;
    case "outside-share":
      return `${named} is for ${rule === null ? "a share" : `${rule.percentage} %`} of the sessions, and this one is not among them.`;
    case "condition":
      return `${named} is about ${asked}, but not for requests like this one${forWhat(rule)}.`;
    case "same-model":
      return `${named} asks for the model that was requested anyway.`;
    default:
      return `${asked} served the request itself (${reason}).`;
  }
}

/**
 * That a session was in the share of the rule which decided. Null where it was outside, which the decision's own
 * sentence says, where no share was asked, and where the rule is not known any more.
 */
export function shareSentence(facts: ShareFacts, rule: RuleOfDecision | null): string | null {
  const { arm, reason, sessionId } = facts;
  if (arm === null || rule === null || reason === "outside-share" || !isShareAsked(facts)) return null;
  const who = sessionId === null ? "conversation" : "session";
  return rule.percentage === 100 ? null : `The ${who} is in the ${rule.percentage} % that this rule serves.`;
}

function overrideSentence(facts: DecisionFacts): string {
  const { rule, served, requested, version } = facts;
  if (rule === null) return `A rule${ofVersion(version)} sent ${formatModel(requested)} to ${formatModel(served)}.`;
  return `${ruleName(facts)} matched: ${shortModel(rule.from)} is served by ${shortModel(rule.to)}${forWhat(rule)}.`;
}

/** The served model would not take it, and the request went back to the model it had asked for. */
function fallbackSentence(facts: DecisionFacts): string {
  const target = facts.rule === null ? "the rule's model" : shortModel(facts.rule.to);
  const by = facts.rule === null ? "" : ` ${ruleName(facts)} had matched.`;
  return `${capital(target)} ${answered(facts.reason)}, so the request went back to ${formatModel(facts.requested)}.${by}`;
}

function skippedSentence(facts: DecisionFacts): string {
  const { reason, rule, requested } = facts;
  const target = rule === null ? "the rule's model" : shortModel(rule.to);
  const named = rule === null ? `A rule${ofVersion(facts.version)}` : ruleName(facts);
  const kept = `${formatModel(requested)} kept the request`;
  if (reason.startsWith("hazard:")) {
    const code = reason.slice("hazard:".length);
    const what = Object.hasOwn(HAZARD_WORDS, code) ? HAZARD_WORDS[code as HazardCode] : code;
    return `${named} matched, but ${target} cannot take this request as it is (${what}): ${kept}.`;
  }
  if (reason.startsWith("pinned:")) {
    const before = answered(reason.slice("pinned:".length));
    return `Earlier in this session ${target} ${before}, so the session stays with ${formatModel(requested)}.`;
  }
  return `${named} matched, but was not applied (${reason}): ${kept}.`;
}

/** "refused it (400)", of a reason like `upstream_400`. */
function answered(reason: string): string {
  const status = Number(/^upstream_(\d{3})$/.exec(reason)?.[1] ?? Number.NaN);
  const words = Number.isNaN(status) ? undefined : statusWords[status];
  if (words !== undefined) return `${words} (${status})`;
  return Number.isNaN(status) ? `did not answer as it should (${reason})` : `answered with ${status}`;
}

const statusWords: Readonly<Record<number, string>> = {
  400: "refused the request as invalid",
  403: "is not open to this account",
  404: "is not known to the provider",
  413: "found the request too large",
  429: "was over its rate limit",
  500: "failed at the provider",
  502: "could not be reached",
  503: "was not available",
  504: "did not answer in time",
  529: "was overloaded",
};

/** "Rule 2 of v42 (Pilot)". */
function ruleName({ rule, version }: DecisionFacts): string {
  if (rule === null) return `A rule${ofVersion(version)}`;
  return `Rule ${rule.place}${ofVersion(version)}${rule.note === null ? "" : ` (${rule.note})`}`;
}

const ofVersion = (version: number | null): string => (version === null ? "" : ` of v${version}`);
/** What a rule asks for besides the model. */
const forWhat = (rule: RuleOfDecision | null): string =>
  rule === null || rule.conditions.length === 0 ? "" : ` (only for ${rule.conditions.join(", ")})`;
const formatModel = (model: string | null): string => (model === null ? "no model" : shortModel(model));
const capital = (text: string): string => (text.startsWith("the ") ? `T${text.slice(1)}` : text);
