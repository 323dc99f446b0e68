import { pluralize } from "#core/report/plural.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { DecideInput } from "./decide-input.ts";
import type { RuleConditions } from "./rule-set.ts";
import { sharePlace } from "./stable-hash.ts";
import { formatTimeWindow, isInWindow, wallClock } from "./time-window.ts";
import { matchesValue } from "./value-matcher.ts";

/** Reason why a rule about this model does not apply to this request. */
export type Mismatch =
  | "project"
  | "person"
  | "team"
  | "key"
  | "header"
  | "path"
  | "subagent"
  | "title"
  | "prompt-tokens"
  | "tools"
  | "thinking"
  | "outside-window"
  | "outside-share";

/** Conditions that the caller leaves undecided and that count as met. */
export interface AssumedConditions {
  subagent: boolean;
  promptTokens: boolean;
  hoursAndShare: boolean;
  tools: boolean;
  thinking: boolean;
}

export const NOTHING_ASSUMED: AssumedConditions = {
  subagent: false,
  promptTokens: false,
  hoursAndShare: false,
  tools: false,
  thinking: false,
};

/**
 * Finds the first condition that fails, cheap ones first; null when the rule applies. An unknown fact never satisfies
 * a condition.
 */
export function findMismatch(compiled: CompiledRule, input: DecideInput, open: AssumedConditions): Mismatch | null {
  const { rule, project, person, team, key } = compiled;
  const { when } = rule;
  if (project && !matchesValue(project, input.project)) return "project";
  if (person && !matchesValue(person, input.person) && !matchesValue(person, input.personEmail)) return "person";
  if (team && !matchesValue(team, input.team)) return "team";
  if (key && !matchesValue(key, input.key) && !matchesValue(key, input.keyName)) return "key";
  if (unmetHeader(compiled, input) !== null) return "header";
  if (when.pathPrefix.length > 0 && !when.pathPrefix.some((prefix) => isPathUnder(input.path, prefix))) return "path";
  if (!open.subagent && when.subagent !== null && when.subagent !== (input.agentId !== null)) return "subagent";
  if (!open.promptTokens && !isPromptInBounds(when, input.promptTokens)) return "prompt-tokens";
  if (!open.tools && when.hasTools !== null && when.hasTools !== input.hasTools) return "tools";
  if (!open.thinking && when.hasThinking !== null && when.hasThinking !== input.hasThinking) return "thinking";
  if (when.titleLike !== null && when.titleLike !== input.titleLike) return "title";
  if (open.hoursAndShare) return compiled.shareBelow > 0 ? null : "outside-share";
  if (when.hours && !isInWindow(when.hours, input.nowMs)) return "outside-window";
  return isInShare(compiled, input.sessionKey) ? null : "outside-share";
}

/** Returns the name of the first header that is missing or has another value. */
function unmetHeader({ headers }: CompiledRule, input: DecideInput): string | null {
  for (const { name, matcher } of headers) if (!matchesValue(matcher, input.header(name))) return name;
  return null;
}

/** Whether a path equals the prefix or lies under it: `/t/pay` contains `/t/pay/v1/messages`, not `/t/payments`. */
function isPathUnder(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/");
}

function isPromptInBounds(when: RuleConditions, promptTokens: number | null): boolean {
  const { minPromptTokens, maxPromptTokens } = when;
  if (minPromptTokens === null && maxPromptTokens === null) return true;
  if (promptTokens === null) return false;
  return promptTokens >= (minPromptTokens ?? 0) && promptTokens <= (maxPromptTokens ?? Number.POSITIVE_INFINITY);
}

/**
 * Whether the session is inside the share. A request without a session never is inside a partial share: the next one
 * could not get the same decision.
 */
function isInShare({ rule, shareBelow }: CompiledRule, sessionKey: string | null): boolean {
  if (shareBelow >= 10_000) return true;
  if (shareBelow <= 0 || sessionKey === null) return false;
  return sharePlace(rule.id, sessionKey) < shareBelow;
}

/** Formats the mismatch, with the rule's condition and the request's value. */
export function formatMismatch(compiled: CompiledRule, input: DecideInput, mismatch: Mismatch): string {
  const { rule, shareBelow } = compiled;
  const { when } = rule;
  switch (mismatch) {
    case "project":
      return `project is ${input.project}, the rule asks for ${list(when.project)}`;
    case "person":
      return `person is ${input.personEmail ?? input.person ?? "unknown"}, the rule asks for ${list(when.person)}`;
    case "team":
      return `team is ${input.team ?? "unknown"}, the rule asks for ${list(when.team)}`;
    case "key":
      return `proxy key is ${input.keyName ?? input.key ?? "none"}, the rule asks for ${list(when.key)}`;
    case "header":
      return headerText(compiled, input);
    case "path":
      return `the path is ${input.path}, the rule asks for one under ${list(when.pathPrefix)}`;
    case "title":
      return when.titleLike ? "this is no title request" : "this is a title request";
    case "subagent":
      return when.subagent ? "this is not a sub-agent" : "this is a sub-agent";
    case "prompt-tokens":
      return promptText(when, input.promptTokens);
    case "tools":
      return when.hasTools ? "the request has no tools" : "the request has tools";
    case "thinking":
      return when.hasThinking ? "the request does not think" : "the request thinks";
    case "outside-window":
      return when.hours
        ? `it is ${clockText(when.hours.zone, input.nowMs)}, the rule applies ${formatTimeWindow(when.hours)}`
        : "";
    case "outside-share":
      if (shareBelow > 0 && input.sessionKey === null)
        return `the request has no session, so a share of ${rule.percentage}% cannot apply`;
      return `this session is not among the ${rule.percentage}% of the rule`;
  }
}

function headerText(compiled: CompiledRule, input: DecideInput): string {
  const name = unmetHeader(compiled, input) ?? "";
  const values = compiled.rule.when.header.find((header) => header.name === name)?.values ?? [];
  const value = input.header(name);
  return `header ${name} is ${value === null ? "absent" : value.slice(0, 80)}, the rule asks for ${list(values)}`;
}

function promptText(when: RuleConditions, promptTokens: number | null): string {
  const bounds = [
    when.minPromptTokens === null ? null : `at least ${when.minPromptTokens}`,
    when.maxPromptTokens === null ? null : `at most ${when.maxPromptTokens}`,
  ].filter((bound) => bound !== null);
  const size = promptTokens === null ? "of unknown size" : `about ${promptTokens} ${pluralize(promptTokens, "token")}`;
  return `the prompt is ${size}, the rule asks for ${bounds.join(" and ")}`;
}

function clockText(zone: string, nowMs: number): string {
  const { day, minute } = wallClock(zone, nowMs);
  const name = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day] ?? "";
  const time = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  return `${name} ${time} in ${zone}`;
}

const list = (values: readonly string[]): string =>
  values.length <= 3 ? values.join(" or ") : `${values.slice(0, 2).join(", ")} or ${values.length - 2} others`;
