import type { CompiledRule } from "./compile.ts";
import type { DecideInput } from "./decide.ts";
import type { RuleConditions } from "./rule-set.ts";
import { sharePlace } from "./stable-hash.ts";
import { formatTimeWindow, isInWindow, wallClock } from "./time-window.ts";
import { matchesValue } from "./value-matcher.ts";

/** What keeps a rule about this model from applying to this request. */
export type Obstacle =
  | "project"
  | "person"
  | "team"
  | "subagent"
  | "prompt-tokens"
  | "tools"
  | "thinking"
  | "outside-window"
  | "outside-share";

/** Questions that a rule may ask and that count as answered with yes, because whoever asks left them open. */
export interface LeftOpen {
  subagent: boolean;
  promptTokens: boolean;
  hoursAndShare: boolean;
  toolsAndThinking: boolean;
}

export const NOTHING_LEFT_OPEN: LeftOpen = {
  subagent: false,
  promptTokens: false,
  hoursAndShare: false,
  toolsAndThinking: false,
};

/** The first condition that fails, cheap ones first; null when the rule applies. What is not known never satisfies a condition. */
export function obstacleOf(compiled: CompiledRule, input: DecideInput, open: LeftOpen): Obstacle | null {
  const { rule, project, person, team } = compiled;
  const { when } = rule;
  if (project && !matchesValue(project, input.project)) return "project";
  if (person && !matchesValue(person, input.person) && !matchesValue(person, input.personEmail)) return "person";
  if (team && !matchesValue(team, input.team)) return "team";
  if (!open.subagent && when.subagent !== null && when.subagent !== (input.agentId !== null)) return "subagent";
  if (!open.promptTokens && !isPromptInBounds(when, input.promptTokens)) return "prompt-tokens";
  if (!open.toolsAndThinking) {
    if (when.hasTools !== null && when.hasTools !== input.hasTools) return "tools";
    if (when.hasThinking !== null && when.hasThinking !== input.hasThinking) return "thinking";
  }
  if (open.hoursAndShare) return compiled.shareBelow > 0 ? null : "outside-share";
  if (when.hours && !isInWindow(when.hours, input.nowMs)) return "outside-window";
  return isInShare(compiled, input.sessionKey) ? null : "outside-share";
}

function isPromptInBounds(when: RuleConditions, promptTokens: number | null): boolean {
  const { minPromptTokens, maxPromptTokens } = when;
  if (minPromptTokens === null && maxPromptTokens === null) return true;
  if (promptTokens === null) return false;
  return promptTokens >= (minPromptTokens ?? 0) && promptTokens <= (maxPromptTokens ?? Number.POSITIVE_INFINITY);
}

/** A request without a session is never inside a partial share: the next one could not be held to the same answer. */
function isInShare({ rule, shareBelow }: CompiledRule, sessionKey: string | null): boolean {
  if (shareBelow >= 10_000) return true;
  if (shareBelow <= 0 || sessionKey === null) return false;
  return sharePlace(rule.id, sessionKey) < shareBelow;
}

/** The obstacle in words, with what the rule asks and what the request is. */
export function obstacleText({ rule, shareBelow }: CompiledRule, input: DecideInput, obstacle: Obstacle): string {
  const { when } = rule;
  switch (obstacle) {
    case "project":
      return `project is ${input.project}, the rule asks for ${list(when.project)}`;
    case "person":
      return `person is ${input.personEmail ?? input.person ?? "unknown"}, the rule asks for ${list(when.person)}`;
    case "team":
      return `team is ${input.team ?? "unknown"}, the rule asks for ${list(when.team)}`;
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
        return `no session is known, so a share of ${rule.percentage} % cannot be kept`;
      return `this session is not among the ${rule.percentage} % of the rule`;
  }
}

function promptText(when: RuleConditions, promptTokens: number | null): string {
  const bounds = [
    when.minPromptTokens === null ? null : `at least ${when.minPromptTokens}`,
    when.maxPromptTokens === null ? null : `at most ${when.maxPromptTokens}`,
  ].filter((bound) => bound !== null);
  const size = promptTokens === null ? "of unknown size" : `about ${promptTokens} tokens`;
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
