import type { CacheCause, RequestEvent } from "#core/activity/request-event.ts";
import { formatFacts } from "#core/activity/request-facts.ts";
import { cachedTokens, cacheWrites } from "#core/costs/usage.ts";
import { stableHash } from "#core/rules/stable-hash.ts";
import type { Session } from "./seed-event.ts";

/** Percent of turns with tools in which one of them fails. */
const TOOL_ERRORS_PERCENT = 7;
/** Of the turns that a person asks for, one in this number follows one that they stopped. */
const INTERRUPTED_ONE_IN = 23;
const FIVE_MINUTES_MS = 5 * 60_000;
const ONE_HOUR_MS = 60 * 60_000;

/**
 * Fills in what a request says of its conversation. Drawn from the event's id, not from the random numbers of the plan, so that
 * the traffic itself is the same with and without evidence.
 */
export function addEvidence(session: Session, event: RequestEvent, isQuestion: boolean): void {
  const [draw] = stableHash(event.id);
  const isTitle = isQuestion && session.agentId === null && session.person.id !== "";
  event.arm = session.arm;
  event.facts = formatFacts({
    hasTools: !isQuestion,
    hasThinking: !isQuestion,
    titleLike: isTitle,
    maxTokens: isQuestion ? 4_096 : 32_000,
    path: "/v1/messages",
    headers: {},
  });
  if (event.usageState === "exact") event.rewrittenTokens ??= 0;
  if (isQuestion) {
    Object.assign(event, {
      messages: 1,
      toolResults: 0,
      toolErrors: 0,
      newToolResults: 0,
      newToolErrors: 0,
      humanTurn: !isTitle && session.agentId === null,
      interrupted: false,
      compacted: false,
      repeatedCalls: 0,
      toolUses: 0,
    });
    return;
  }
  addConversation(session, event, draw);
  if (event.ended === "complete") {
    event.cacheCause = pickCause(session, event, draw);
    if (event.cacheCause !== null) event.lostCacheTokens = findLost(session, event);
  }
  session.lastAtMs = event.startedAtMs;
  // A refused or broken request is sent again with the same conversation.
  if (event.ended !== "complete") return;
  session.heldTokens = cachedTokens(event.usage);
  event.toolUses = event.stopReason === "tool_use" ? 1 + (draw % 3) : 0;
  session.toolResults += event.newToolResults ?? 0;
  session.toolErrors += event.newToolErrors ?? 0;
  session.openToolCalls = event.toolUses;
  session.messages += 2;
}

function addConversation(session: Session, event: RequestEvent, draw: number): void {
  const results = session.messages === 0 ? 0 : session.openToolCalls;
  event.messages = session.messages + 1;
  event.newToolResults = results;
  event.newToolErrors = results > 0 && draw % 100 < TOOL_ERRORS_PERCENT ? 1 : 0;
  event.toolResults = session.toolResults + results;
  event.toolErrors = session.toolErrors + event.newToolErrors;
  // An agent writes to its sub-agents, and the client goes on from its summary.
  const isSummary = session.messages === 0 && session.isCompacted;
  event.humanTurn = results === 0 && session.agentId === null && !isSummary;
  event.interrupted = event.humanTurn && session.messages > 0 && draw % INTERRUPTED_ONE_IN === 0;
  event.compacted = session.isCompacted;
  // An agent that fails now and then tries the same again.
  event.repeatedCalls = event.newToolErrors > 0 && draw % 3 === 0 ? 1 + (draw % 2) : 0;
}

function pickCause(session: Session, event: RequestEvent, draw: number): CacheCause | null {
  const { usage, startedAtMs, rewrittenTokens } = event;
  if (cacheWrites(usage) === 0) return null;
  if ((rewrittenTokens ?? 0) > 0) return "model-by-rule";
  if (session.messages === 0) return session.isCompacted ? "compacted" : "first";
  if (usage.cacheReadTokens > 0) return "grown";
  const ttlMs = usage.cacheWrite1hTokens > 0 ? ONE_HOUR_MS : FIVE_MINUTES_MS;
  if (session.lastAtMs !== null && startedAtMs - session.lastAtMs > ttlMs) return "expired";
  return (["system", "tools", "missed"] as const)[draw % 3] ?? null;
}

/** A title request, or the first of a conversation, had nothing in the cache. */
function findLost({ heldTokens }: Session, { cacheCause, usage }: RequestEvent): number {
  return cacheCause === "first" ? 0 : Math.max(0, heldTokens - usage.cacheReadTokens);
}
