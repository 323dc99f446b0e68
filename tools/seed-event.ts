import { knownEvent } from "#core/activity/event-schema.ts";
import { recordOfOverride } from "#core/activity/recorded-edits.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { toPriceInput } from "#core/costs/price-again.ts";
import { eventCosts, priceCacheHit, priceRequest } from "#core/costs/price-request.ts";
import type { Usage } from "#core/costs/usage.ts";
import type { Decision } from "#core/rules/decide.ts";
import type { Random } from "./seed-random.ts";
import { buildServer, type SeedPerson, toKeyId } from "./seed-team.ts";

export interface Session {
  id: string;
  agentId: string | null;
  person: SeedPerson;
  project: string;
  requested: string;
  decision: Decision;
  /** Its bucket in the share of the rule that decided; null where no share was asked. */
  arm: number | null;
  served: string;
  /** Tokens in the provider's cache, by whichever model serves. */
  cached: number;
  fellBack: boolean;
  /** Messages of the conversation so far, and tool calls whose results the next request brings. */
  messages: number;
  openToolCalls: number;
  toolResults: number;
  toolErrors: number;
  /** The client has summed up what came before. */
  isCompacted: boolean;
  /** When its last request started; null before the first. */
  lastAtMs: number | null;
  /** Tokens its last complete request left in the provider's cache. */
  heldTokens: number;
}

/**
 * A complete, priced answer; what goes wrong with it is said afterwards. Long because it is one list: a line per field.
 */
export function seedEvent(
  session: Session,
  startedAt: number,
  usage: Usage,
  { random, catalogue }: { random: Random; catalogue: Catalogue },
): RequestEvent {
  const startedAtMs = Math.round(startedAt);
  const ttfbMs = Math.round(random.skewed(session.served.includes("haiku") ? 480 : 1150, 0.4));
  const durationMs = ttfbMs + Math.round(usage.outputTokens * random.between(6, 12));
  const { decision } = session;
  const isOverride = decision.kind === "override" && !session.fellBack;
  const isBot = session.person.id === "";
  const event: RequestEvent = knownEvent({
    id: eventId(startedAtMs, random),
    instanceId: "ins_seed",
    upstreamRequestId: `req_seed${random.hex(12)}`,
    startedAtMs,
    endedAtMs: startedAtMs + durationMs,
    durationMs,
    ttfbMs,
    endpoint: "messages",
    streamed: true,
    status: 200,
    ended: "complete",
    stopReason: random.chance(0.62) ? "tool_use" : "end_turn",
    requestedModel: session.requested,
    servedModel: session.served,
    answeredModel: session.served,
    decision: isOverride ? "override" : session.fellBack ? "skipped" : "pass",
    reason: isOverride
      ? "rule"
      : session.fellBack
        ? "pinned:upstream_400"
        : decision.kind === "pass"
          ? decision.why
          : "rule",
    ruleId: decision.ruleId,
    ruleVersion: decision.version,
    edits: isOverride ? recordOfOverride([]) : null,
    project: session.project,
    team: session.person.team,
    personId: isBot ? null : session.person.id,
    proxyKeyId: isBot ? buildServer.keyId : toKeyId(session.person),
    sessionId: session.id,
    agentId: session.agentId,
    clientName: isBot ? "anthropic-sdk-typescript" : "claude-cli",
    clientVersion: session.person.client,
    billingMode: "metered",
    usage,
    usageState: "exact",
    serviceTier: "standard",
    inferenceGeo: "global",
    avoidedNanoUsd: "0",
    tokenizerRatioMilli: 1000,
    cache: "bypass",
    cacheReason: "tools",
    requestBytes: Math.round(
      (usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens) * 3.4,
    ),
    responseBytes: usage.outputTokens * 9 + 1400,
  } satisfies Partial<RequestEvent>);
  price(event, catalogue);
  return event;
}

export function price(event: RequestEvent, catalogue: Catalogue): void {
  const input = toPriceInput(event);
  if (input !== null) writePrice(event, priceRequest(input, catalogue));
}

/** Prices an answer of the response cache. */
export function priceHit(event: RequestEvent, catalogue: Catalogue): void {
  const input = toPriceInput(event);
  if (input === null) return;
  const priced = priceCacheHit(input, catalogue);
  writePrice(event, priced);
  event.avoidedNanoUsd = priced.avoided.toString();
}

function writePrice(event: RequestEvent, priced: ReturnType<typeof priceRequest>): void {
  event.priceVersion = priced.priceVersion;
  event.costs = priced.costs === null ? null : eventCosts(priced.costs);
  event.costNanoUsd = priced.cost?.toString() ?? null;
  event.baselineNanoUsd = priced.baseline?.toString() ?? null;
  event.savedNanoUsd = priced.saved?.toString() ?? null;
  event.tokenizerRatioMilli = priced.tokenizerRatioMilli;
}

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** As the proxy mints them, but from the seeded numbers. */
function eventId(atMs: number, random: Random): string {
  let time = "";
  for (let rest = atMs, at = 0; at < 10; at += 1, rest = Math.floor(rest / 32)) time = alphabet[rest % 32] + time;
  return `evt_${time}${Array.from({ length: 16 }, () => alphabet[random.whole(0, 31)]).join("")}`;
}
