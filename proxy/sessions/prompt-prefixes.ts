import { causeOfWrites, type EarlierPrompt } from "#core/activity/cache-cause.ts";
import type { CacheCause } from "#core/activity/request-event.ts";
import { cachedTokens, cacheWrites, type Usage } from "#core/costs/usage.ts";
import {
  changeSince,
  continuesAfter,
  modelMessagesSince,
  type PromptChange,
  type PromptPrefix,
  prefixOf,
} from "#core/protocol/prompt-prefix.ts";
import type { PromptPrint } from "#core/protocol/prompt-print.ts";

/** One conversation of an agent, as of its last request that was answered. */
interface Conversation extends EarlierPrompt {
  prefix: PromptPrefix;
}

/** How a request's prompt stands to the one before. Found when its body was read, used when its usage is known. */
export interface PromptPlace {
  agent: string;
  prefix: PromptPrefix;
  /** The conversation it goes on with; null when it begins one, or when that one is not known here. */
  earlier: Conversation | null;
  isFirst: boolean;
  isCompacted: boolean;
  change: PromptChange;
  modelMessagesSince: number;
}

/** A request whose usage is known to the end. */
interface Answered {
  startedAtMs: number;
  requested: string;
  served: string;
  usage: Usage;
}

/** Agents that are remembered, the one that was silent longest forgotten first: about 300 bytes each. */
const AGENTS_MAX = 10_000;
/** One agent asks about other things beside its conversation. */
const CONVERSATIONS_MAX = 4;
const FIVE_MINUTES_MS = 5 * 60_000;
const ONE_HOUR_MS = 60 * 60_000;

/**
 * What this process remembers of each agent's last prompts, as hashes, to tell why the provider wrote tokens into its cache that
 * were there before. Another process's requests are not known here: where that may matter, no cause is given.
 */
export class PromptPrefixes {
  private readonly agents = new Map<string, Conversation[]>();

  /** `seed`: a random number of this process, so that the hashes say nothing outside of it. */
  constructor(readonly seed: number) {}

  /**
   * Places a prompt among the agent's conversations: behind the one that it goes on with; else the last one that asked for the same
   * model, or the last one. Changes nothing.
   */
  place(agent: string, print: PromptPrint, requested: string, isCompacted: boolean): PromptPlace {
    const conversations = this.agents.get(agent) ?? [];
    const continued = conversations.find(({ prefix }) => continuesAfter(prefix, print)) ?? null;
    const isContinued = continued !== null;
    const found = continued ?? conversations.find((one) => one.requested === requested) ?? conversations[0] ?? null;
    // Without a message of the model there is nothing to go on with, unless the client has just summed it up.
    const isFirst = modelMessagesSince(0, print) === 0 && !isCompacted && !isContinued;
    const earlier = isFirst ? null : found;
    return {
      agent,
      prefix: prefixOf(print),
      earlier,
      isFirst,
      isCompacted,
      change: earlier === null ? "none" : changeSince(earlier.prefix, print, isContinued),
      modelMessagesSince: earlier === null || !isContinued ? 0 : modelMessagesSince(earlier.prefix.count, print),
    };
  }

  /** The cause of what the provider wrote, and remembers the prompt for the agent's next request. */
  answered(place: PromptPlace, { startedAtMs, requested, served, usage }: Answered): CacheCause | null {
    const { earlier, prefix, isFirst, change, isCompacted } = place;
    const later = { startedAtMs, requested, served, usage, change, isCompacted };
    const counts = { markCount: prefix.markCount, modelMessagesSince: place.modelMessagesSince };
    this.remember(place, {
      prefix,
      startedAtMs,
      requested,
      served,
      cachedTokens: cachedTokens(usage),
      ttlMs: findTtlMs(usage, earlier),
      markCount: prefix.markCount,
    });
    if (earlier !== null) return causeOfWrites(earlier, { ...later, ...counts });
    return isFirst && cacheWrites(usage) > 0 ? "first" : null;
  }

  private remember({ agent, earlier }: PromptPlace, conversation: Conversation): void {
    const others = (this.agents.get(agent) ?? []).filter((one) => one !== earlier);
    this.agents.delete(agent);
    this.agents.set(agent, [conversation, ...others].slice(0, CONVERSATIONS_MAX));
    if (this.agents.size <= AGENTS_MAX) return;
    const [silent] = this.agents.keys();
    if (silent !== undefined) this.agents.delete(silent);
  }
}

/** An answer that wrote nothing says nothing of the time to live: then it is what it was. */
function findTtlMs(usage: Usage, earlier: Conversation | null): number {
  if (usage.cacheWrite1hTokens > 0) return ONE_HOUR_MS;
  return usage.cacheWrite5mTokens > 0 ? FIVE_MINUTES_MS : (earlier?.ttlMs ?? FIVE_MINUTES_MS);
}
