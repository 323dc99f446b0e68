import { causeOfWrites, type EarlierPrompt } from "#core/activity/cache-cause.ts";
import type { CacheCause } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import {
  type ConversationCaches,
  cachesAfter,
  findLostTokens,
  findRewrittenTokens,
  firstCaches,
} from "#core/costs/switched-prompt.ts";
import { cachedTokens, cacheWrites, type Usage } from "#core/costs/usage.ts";
import { LinkedList } from "#core/linked-list.ts";
import { changeSince, continuesAfter, type PromptChange } from "#core/protocol/prompt-prefix.ts";
import type { PromptPrefix, PromptPrint } from "#core/protocol/prompt-print.ts";

/** One conversation of an agent, as of its last request that was answered. */
interface Conversation extends EarlierPrompt {
  prefix: PromptPrefix;
  /** Null while the same model was asked for and the same served throughout: the other fields say all of it. */
  caches: ConversationCaches | null;
}

/** What an answer shows of the conversation's cache. */
export interface CacheEvidence {
  /** Why the provider wrote tokens into its cache. */
  cause: CacheCause | null;
  /** See `findLostTokens`; null where there is no cause. */
  lostTokens: number | null;
  /** See `findRewrittenTokens`; null where the conversation is not known here. */
  rewrittenTokens: number | null;
}

/** How a request's prompt stands to the one before. Found when its body was read, used when its usage is known. */
export interface PromptMatch {
  agent: string;
  /** The agent as it was known then; it may have been forgotten since. */
  known: Agent | null;
  prefix: PromptPrefix;
  /** The conversation it goes on with; null when it begins one, or when that one is not known here. */
  earlier: Conversation | null;
  isFirst: boolean;
  isCompacted: boolean;
  change: PromptChange;
  modelMessagesSince: number;
}

/** Its conversations, the one that went on last first. */
class Agent {
  readonly conversations: Conversation[] = [];
  isForgotten = false;
  before: Agent | null = null;
  after: Agent | null = null;

  constructor(readonly name: string) {}

  /** Puts the conversation first, in the place of the one it goes on with, or of the oldest. */
  remember(conversation: Conversation, earlier: Conversation | null): void {
    const { conversations } = this;
    const known = earlier === null ? -1 : conversations.indexOf(earlier);
    let at = known === -1 ? Math.min(conversations.length, CONVERSATIONS_MAX - 1) : known;
    for (; at > 0; at--) conversations[at] = conversations[at - 1] as Conversation;
    conversations[0] = conversation;
  }
}

/** A request whose usage is known to the end. */
interface Answered {
  startedAtMs: number;
  requested: string;
  served: string;
  usage: Usage;
  catalogue: Catalogue;
}

/** Agents that are remembered, the one that was silent longest forgotten first: about 300 bytes each. */
const AGENTS_MAX = 10_000;
/** One agent asks about other things beside its conversation. */
const CONVERSATIONS_MAX = 4;
/** With two messages of the model since, requests in between were handled elsewhere: more need not be counted. */
const MODEL_MESSAGES_MAX = 2;
const NO_CONVERSATIONS: readonly Conversation[] = [];
const FIVE_MINUTES_MS = 5 * 60_000;
const ONE_HOUR_MS = 60 * 60_000;

/**
 * What this process remembers of each agent's last prompts, as hashes. It serves to know why the provider wrote tokens
 * into its cache that were there before. Another process's requests are not known here: where that may matter, no cause
 * is given.
 */
export class PromptPrefixes {
  private readonly agents = new Map<string, Agent>();
  /** By their last answer. A map cannot hold this order: entries put in again and again leave its old tables behind. */
  private readonly order = new LinkedList<Agent>();

  /** `seed`: a random number of this process, so that the hashes say nothing outside of it. */
  constructor(readonly seed: number) {}

  /**
   * Places a prompt among the agent's conversations, behind the one that it goes on with. Without such a conversation
   * it is the last one that asked for the same model, or the last one. Changes nothing.
   */
  place(agent: string, print: PromptPrint, requested: string, isCompacted: boolean): PromptMatch {
    const known = this.agents.get(agent) ?? null;
    const conversations = known?.conversations ?? NO_CONVERSATIONS;
    let continued: Conversation | null = null;
    let alike: Conversation | null = null;
    for (let at = 0; at < conversations.length && continued === null; at++) {
      const one = conversations[at] as Conversation;
      if (continuesAfter(one.prefix, print)) continued = one;
      else if (one.requested === requested) alike ??= one;
    }
    const isContinued = continued !== null;
    const found = continued ?? alike ?? conversations[0] ?? null;
    // A prompt without a message of the model has nothing to go on with. The exception is a conversation that the
    // client has just summed up.
    const isFirst = print.countModels(0, 1) === 0 && !isCompacted && !isContinued;
    const earlier = isFirst ? null : found;
    return {
      agent,
      known,
      prefix: print.prefix,
      earlier,
      isFirst,
      isCompacted,
      change: earlier === null ? "none" : changeSince(earlier.prefix, print.prefix, isContinued),
      modelMessagesSince:
        earlier === null || !isContinued ? 0 : print.countModels(earlier.prefix.count, MODEL_MESSAGES_MAX),
    };
  }

  /** Says what an answer shows of the cache, and remembers the prompt for the agent's next request. */
  answered(place: PromptMatch, answered: Answered): CacheEvidence {
    const { startedAtMs, requested, served, usage } = answered;
    const { earlier, prefix, isFirst, change, isCompacted } = place;
    const caches = compareCaches(place, answered);
    this.remember(place, {
      caches: caches.after,
      prefix,
      startedAtMs,
      requested,
      served,
      cachedTokens: cachedTokens(usage),
      ttlMs: findTtlMs(usage, earlier),
      markCount: prefix.markCount,
    });
    if (earlier !== null) {
      const { modelMessagesSince } = place;
      // One flat literal: with others spread into it, it cost more than all the rest here.
      const cause = causeOfWrites(earlier, {
        startedAtMs,
        requested,
        served,
        usage,
        change,
        isCompacted,
        markCount: prefix.markCount,
        modelMessagesSince,
      });
      const lostTokens = cause === null ? null : findLostTokens(earlier, answered);
      return { cause, lostTokens, rewrittenTokens: caches.rewrittenTokens };
    }
    const cause = isFirst && cacheWrites(usage) > 0 ? "first" : null;
    return { cause, lostTokens: cause === null ? null : 0, rewrittenTokens: caches.rewrittenTokens };
  }

  private remember({ agent: name, known, earlier }: PromptMatch, conversation: Conversation): void {
    const agent = known === null || known.isForgotten ? this.agents.get(name) : known;
    if (agent === undefined) this.begin(new Agent(name), conversation);
    else {
      if (this.order.newest !== agent) {
        this.order.remove(agent);
        this.order.add(agent);
      }
      agent.remember(conversation, earlier);
    }
  }

  private begin(agent: Agent, conversation: Conversation): void {
    this.agents.set(agent.name, agent);
    this.order.add(agent);
    agent.remember(conversation, null);
    const { oldest } = this.order;
    if (this.agents.size <= AGENTS_MAX || oldest === null) return;
    oldest.isForgotten = true;
    this.order.remove(oldest);
    this.agents.delete(oldest.name);
  }
}

const NOTHING_REWRITTEN = { rewrittenTokens: 0, after: null };
const NOT_KNOWN = { rewrittenTokens: null, after: null };

/**
 * Compares what the served and the requested model have cached of a conversation. Nearly every conversation keeps both
 * models from its first request on, and then there is nothing to compare.
 */
function compareCaches(
  { earlier, isFirst, change, isCompacted, modelMessagesSince }: PromptMatch,
  { startedAtMs, requested, served, usage, catalogue }: Answered,
): { rewrittenTokens: number | null; after: ConversationCaches | null } {
  if (earlier === null) return isFirst ? NOTHING_REWRITTEN : NOT_KNOWN;
  const isAsBefore = earlier.served === served && earlier.requested === requested;
  if (earlier.caches === null && isAsBefore) return NOTHING_REWRITTEN;
  // Requests in between that another process had, or another spelling, hide what the caches hold.
  const isKnown = modelMessagesSince <= 1 && change !== "unknown";
  const goesOn = isKnown && change === "none" && !isCompacted;
  const request = { startedAtMs, requested, served, usage, ttlMs: findTtlMs(usage, earlier), goesOn };
  const before = earlier.caches ?? firstCaches(earlier, catalogue);
  return {
    rewrittenTokens: isKnown ? findRewrittenTokens(before, request, catalogue) : null,
    after: cachesAfter(before, request, catalogue),
  };
}

/** An answer that wrote nothing says nothing of the time to live: then it is what it was. */
function findTtlMs(usage: Usage, earlier: Conversation | null): number {
  if (usage.cacheWrite1hTokens > 0) return ONE_HOUR_MS;
  return usage.cacheWrite5mTokens > 0 ? FIVE_MINUTES_MS : (earlier?.ttlMs ?? FIVE_MINUTES_MS);
}
