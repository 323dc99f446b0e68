import { formatFacts, NO_HEADERS } from "#core/activity/request-facts.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import { WalkedMessages } from "#core/json-index/walked-messages.ts";
import { readLastTurn } from "#core/protocol/last-turn.ts";
import { isTitleLike } from "#core/protocol/messages-fields.ts";
import { PromptPrint } from "#core/protocol/prompt-print.ts";
import type { RequestContext } from "./context.ts";
import type { ModelDeps } from "./dependencies.ts";

/**
 * Counts the conversation and places its prompt after the agent's last one. To be called while what the walk over the body has found
 * is in memory: the next body that is walked takes its place.
 */
export function noteConversation(ctx: RequestContext, bytes: Buffer, index: BodyIndex, deps: ModelDeps): void {
  const messages = WalkedMessages.find(bytes, index);
  if (messages === null) return;
  ctx.turn = readLastTurn(messages);
  const { agentKey, fields } = ctx;
  if (agentKey === null || fields === null || fields.isOneShot) return;
  const print = PromptPrint.read(index, messages, deps.prompts.seed);
  if (print === null) return;
  ctx.prompt = deps.prompts.place(agentKey, print, index.model, ctx.turn.isCompacted);
}

/** The facts of the decision, as recorded. */
export function factsOf(
  ctx: RequestContext,
  bytes: Buffer,
  index: BodyIndex,
  { recordedHeaders }: Pick<ModelDeps, "recordedHeaders">,
): string | null {
  const { fields, snapshot, path } = ctx;
  if (fields === null || snapshot === null) return null;
  const names = recordedHeaders.get(snapshot.ruleSet);
  const headers = names.length === 0 ? NO_HEADERS : headersOf(ctx, names);
  const { hasTools, hasThinking, maxTokens } = fields;
  return formatFacts({ hasTools, hasThinking, titleLike: isTitleLike(bytes, index, fields), maxTokens, path, headers });
}

function headersOf(ctx: RequestContext, names: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = ctx.header(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}
