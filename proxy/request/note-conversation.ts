import { formatFacts, NO_HEADERS } from "#core/activity/request-facts.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import { WalkedMessages } from "#core/json-index/walked-messages.ts";
import { readLastTurn } from "#core/protocol/last-turn.ts";
import { isTitleLike } from "#core/protocol/messages-fields.ts";
import { PromptPrint } from "#core/protocol/prompt-print.ts";
import type { RecordedHeaders } from "../rules/recorded-headers.ts";
import type { RequestContext } from "./context.ts";
import type { Conversation } from "./context-parts.ts";
import type { ModelDeps } from "./dependencies.ts";

/**
 * Counts the conversation and places its prompt after the agent's last one. To be called while what the walk over the
 * body has found is in memory: the next body that is walked takes its place.
 */
export function readConversation(
  ctx: RequestContext,
  bytes: Buffer,
  index: BodyIndex,
  { prompts }: Pick<ModelDeps, "prompts">,
): Conversation | null {
  const messages = WalkedMessages.find(bytes, index);
  if (messages === null) return null;
  const turn = readLastTurn(messages);
  const { agentKey, agentId, asked } = ctx;
  const isPartOfIt = asked !== null && !asked.fields.isOneShot;
  const isKept = agentKey !== null && isPartOfIt;
  const print = isKept ? PromptPrint.read(index, messages, prompts.seed) : null;
  return {
    turn,
    isHumanTurn: turn.hasWords && agentId === null && isPartOfIt,
    prompt: print === null || agentKey === null ? null : prompts.place(agentKey, print, index.model, turn.isCompacted),
  };
}

/** The facts of the decision, as recorded. */
export function buildFacts(
  ctx: RequestContext,
  bytes: Buffer,
  index: BodyIndex,
  recordedHeaders: RecordedHeaders,
): string | null {
  const { asked, snapshot, path } = ctx;
  if (asked === null || snapshot === null) return null;
  const names = recordedHeaders.get(snapshot.ruleSet);
  const headers = names.length === 0 ? NO_HEADERS : pickHeaders(ctx, names);
  const { hasTools, hasThinking, maxTokens } = asked.fields;
  return formatFacts({
    hasTools,
    hasThinking,
    titleLike: isTitleLike(bytes, index, asked.fields),
    maxTokens,
    path,
    headers,
  });
}

function pickHeaders(ctx: RequestContext, names: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = ctx.header(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}
