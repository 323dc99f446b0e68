import { cacheWrites, type Usage } from "#core/costs/usage.ts";
import type { PromptChange } from "#core/protocol/prompt-prefix.ts";
import type { CacheCause } from "./request-event.ts";

/** What is known of an agent's request before. */
export interface EarlierPrompt {
  startedAtMs: number;
  requested: string;
  served: string;
  /** Prompt tokens the provider's cache held after it. */
  cachedTokens: number;
  /** Time to live of what was cached, from its last use. */
  ttlMs: number;
  markCount: number;
}

/** A request whose response has ended, and how its prompt stands to the earlier one. */
interface LaterPrompt {
  startedAtMs: number;
  requested: string;
  served: string;
  usage: Usage;
  change: PromptChange;
  isCompacted: boolean;
  markCount: number;
  /** Messages of the model that came since: more than one, and requests in between were handled elsewhere. */
  modelMessagesSince: number;
}

/**
 * Finds why tokens were written to the prompt cache, where the agent's request before is known. It is the first cause
 * that applies, in the order of this function. Null: nothing was written, or the cause cannot be known from these two
 * requests.
 */
export function causeOfWrites(earlier: EarlierPrompt, later: LaterPrompt): CacheCause | null {
  const { usage, change } = later;
  if (cacheWrites(usage) === 0) return null;
  const isSameModel = later.served === earlier.served;
  if (isSameModel && usage.cacheReadTokens >= earlier.cachedTokens) return "grown";
  if (later.modelMessagesSince > 1) return null;
  if (!isSameModel) return later.requested === earlier.requested ? "model-by-rule" : "model-by-person";
  if (later.startedAtMs - earlier.startedAtMs > earlier.ttlMs) return "expired";
  if (change === "unknown") return null;
  if (change === "history" && later.isCompacted) return "compacted";
  if (change !== "none") return change;
  return earlier.markCount > 0 && later.markCount === 0 ? "marks" : "missed";
}

/** The cause in words, as the end of "written because …". */
export const CACHE_CAUSE_WORDS: Record<CacheCause, string> = {
  first: "the conversation began",
  grown: "the conversation went on",
  expired: "the cache had run out since the request before",
  "model-by-rule": "rules chose another model than for the request before",
  "model-by-person": "another model was asked for than before",
  tools: "the tools changed",
  system: "the system prompt changed",
  history: "earlier messages changed",
  compacted: "the conversation was summed up",
  marks: "the messages had no cache marks any more",
  missed: "the provider did not find what it had cached",
};
