import type { EventCosts, RequestEvent } from "#core/activity/request-event.ts";
import type { Usage } from "#core/costs/usage.ts";
import type { OpenRecord } from "./spool-format.ts";
import { LAYOUT } from "./spool-rows.ts";

/**
 * The JSON of the rows that `spool-rows.ts` reads, put together from pieces: the text JSON.stringify makes of such a row, in half
 * the time. There are two for every request, and most of what they say is said by all requests of a session.
 */
export function openText(open: OpenRecord): string {
  return `["open",${LAYOUT},${quoted(open.id)},${number(open.startedAtMs)},${named(open.instanceId)},${named(open.endpoint)},${open.streamed},${named(open.requestedModel)},${named(open.servedModel)},${aboutText(open)},${named(open.cache)},${named(open.cacheReason)},${number(open.requestBytes)}]`;
}

/** See `openText`. */
export function closeText(event: RequestEvent): string {
  const start = `["close",${LAYOUT},${quoted(event.id)},${named(event.instanceId)},${quoted(event.upstreamRequestId)},${number(event.startedAtMs)},${number(event.endedAtMs)},${number(event.durationMs)},${number(event.ttfbMs)}`;
  const ending = `${named(event.endpoint)},${event.streamed},${number(event.status)},${named(event.ended)},${named(event.errorType)},${named(event.stopReason)}`;
  const about = `${named(event.requestedModel)},${named(event.servedModel)},${named(event.answeredModel)},${aboutText(event)}`;
  const used = `${usageText(event.usage)},${named(event.usageState)},${named(event.serviceTier)},${named(event.speed)},${named(event.inferenceGeo)}`;
  const money = `${named(event.priceVersion)},${costsText(event.costs)},${amount(event.costNanoUsd)},${amount(event.baselineNanoUsd)},${amount(event.savedNanoUsd)},${amount(event.avoidedNanoUsd)},${number(event.tokenizerRatioMilli)}`;
  return `${start},${ending},${about},${used},${money},${named(event.cache)},${named(event.cacheReason)},${number(event.requestBytes)},${number(event.responseBytes)}]`;
}

/** What stands side by side in both rows: the decision, and whose request it is. */
type About = Pick<
  OpenRecord,
  | "decision"
  | "reason"
  | "ruleId"
  | "ruleVersion"
  | "edits"
  | "project"
  | "team"
  | "personId"
  | "proxyKeyId"
  | "sessionId"
  | "agentId"
  | "parentAgentId"
  | "clientName"
  | "clientVersion"
  | "billingMode"
>;

const ABOUT: readonly (keyof About)[] = [
  ...(["decision", "reason", "ruleId", "ruleVersion", "edits", "project", "team", "personId", "proxyKeyId"] as const),
  ...(["sessionId", "agentId", "parentAgentId", "clientName", "clientVersion", "billingMode"] as const),
];

const REMEMBERED_MAX = 1_000;
/** By session, what was said last. */
const said = new Map<string | null, { about: About; text: string }>();

function aboutText(about: About): string {
  const before = said.get(about.sessionId);
  if (before !== undefined && saysTheSame(before.about, about)) return before.text;
  const text = JSON.stringify(ABOUT.map((name) => about[name])).slice(1, -1);
  if (said.size >= REMEMBERED_MAX) said.clear();
  said.set(about.sessionId, { about, text });
  return text;
}

/** Written out: a loop over names asks for each property by a name that changes, which takes several times as long. */
function saysTheSame(a: About, b: About): boolean {
  return (
    a.decision === b.decision &&
    a.reason === b.reason &&
    a.ruleId === b.ruleId &&
    a.ruleVersion === b.ruleVersion &&
    a.edits === b.edits &&
    a.project === b.project &&
    a.team === b.team &&
    a.personId === b.personId &&
    a.proxyKeyId === b.proxyKeyId &&
    a.sessionId === b.sessionId &&
    a.agentId === b.agentId &&
    a.parentAgentId === b.parentAgentId &&
    a.clientName === b.clientName &&
    a.clientVersion === b.clientVersion &&
    a.billingMode === b.billingMode
  );
}

const NAMES_MAX = 500;
const NAME_LENGTH_MAX = 100;
const names = new Map<string, string>();

/** One of a few words: models, endings, codes. */
function named(text: string | null): string {
  if (text === null) return "null";
  const known = names.get(text);
  if (known !== undefined) return known;
  const json = JSON.stringify(text);
  if (text.length > NAME_LENGTH_MAX) return json;
  if (names.size >= NAMES_MAX) names.clear();
  names.set(text, json);
  return json;
}

/** Another one each time. */
const quoted = (text: string | null): string => JSON.stringify(text);

const number = (value: number | null): string => (value !== null && Number.isFinite(value) ? `${value}` : "null");

/** Digits, so nothing in it needs an escape. */
const amount = (digits: string | null): string => (digits === null ? "null" : `"${digits}"`);

function usageText(usage: Usage): string {
  return `[${number(usage.inputTokens)},${number(usage.cacheWrite5mTokens)},${number(usage.cacheWrite1hTokens)},${number(usage.cacheReadTokens)},${number(usage.outputTokens)},${number(usage.thinkingTokens)},${number(usage.webSearches)}]`;
}

function costsText(costs: EventCosts | null): string {
  if (costs === null) return "null";
  return `[${amount(costs.inputNanoUsd)},${amount(costs.cacheWrite5mNanoUsd)},${amount(costs.cacheWrite1hNanoUsd)},${amount(costs.cacheReadNanoUsd)},${amount(costs.outputNanoUsd)},${amount(costs.webSearchNanoUsd)}]`;
}
