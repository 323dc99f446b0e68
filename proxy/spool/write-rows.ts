import type { EventCosts, RequestEvent } from "#core/activity/request-event.ts";
import type { Usage } from "#core/costs/usage.ts";
import type { OpenRecord } from "./records.ts";
import type { RowWriter } from "./row-writer.ts";
import { LAYOUT } from "./rows.ts";

const OPEN = Buffer.from(`"open",${LAYOUT}`);
const CLOSE = Buffer.from(`"close",${LAYOUT}`);

/** The row of an opened request, as `rows.ts` reads it. There are two for every request, and most of what they say is said by all of a session. */
export function writeOpen(row: RowWriter, open: OpenRecord): void {
  row.openList();
  row.json(OPEN);
  row.text(open.id);
  row.number(open.startedAtMs);
  row.name(open.instanceId);
  row.name(open.endpoint);
  row.flag(open.streamed);
  row.name(open.requestedModel);
  row.name(open.servedModel);
  row.json(aboutJson(open));
  row.name(open.cache);
  row.name(open.cacheReason);
  row.number(open.requestBytes);
  row.closeList();
}

/** The row of a request that has ended. */
export function writeClose(row: RowWriter, event: RequestEvent): void {
  row.openList();
  row.json(CLOSE);
  row.text(event.id);
  row.name(event.instanceId);
  row.text(event.upstreamRequestId);
  row.number(event.startedAtMs);
  row.number(event.endedAtMs);
  row.number(event.durationMs);
  row.number(event.ttfbMs);
  row.name(event.endpoint);
  row.flag(event.streamed);
  row.number(event.status);
  row.name(event.ended);
  row.name(event.errorType);
  row.name(event.stopReason);
  row.name(event.requestedModel);
  row.name(event.servedModel);
  row.name(event.answeredModel);
  row.json(aboutJson(event));
  writeUsage(row, event.usage);
  row.name(event.usageState);
  row.name(event.serviceTier);
  row.name(event.speed);
  row.name(event.inferenceGeo);
  row.name(event.priceVersion);
  writeCosts(row, event.costs);
  row.amount(event.costNanoUsd);
  row.amount(event.baselineNanoUsd);
  row.amount(event.savedNanoUsd);
  row.amount(event.avoidedNanoUsd);
  row.number(event.tokenizerRatioMilli);
  row.name(event.cache);
  row.name(event.cacheReason);
  row.number(event.requestBytes);
  row.number(event.responseBytes);
  // Nearly every request has none, and a reader takes a row without it.
  if (event.usageParts) row.text(event.usageParts);
  row.closeList();
}

/** An event that lacks what its type promises is written down as it is: its reader puts it aside, and no request fails for it. */
function writeUsage(row: RowWriter, usage: Usage | null): void {
  if (!usage) {
    row.nothing();
    return;
  }
  row.openList();
  row.number(usage.inputTokens);
  row.number(usage.cacheWrite5mTokens);
  row.number(usage.cacheWrite1hTokens);
  row.number(usage.cacheReadTokens);
  row.number(usage.outputTokens);
  row.number(usage.thinkingTokens);
  row.number(usage.webSearches);
  row.closeList();
}

function writeCosts(row: RowWriter, costs: EventCosts | null): void {
  if (!costs) {
    row.nothing();
    return;
  }
  row.openList();
  row.amount(costs.inputNanoUsd);
  row.amount(costs.cacheWrite5mNanoUsd);
  row.amount(costs.cacheWrite1hNanoUsd);
  row.amount(costs.cacheReadNanoUsd);
  row.amount(costs.outputNanoUsd);
  row.amount(costs.webSearchNanoUsd);
  row.closeList();
}

/** What stands side by side in both rows: the decision, and whose request it is. */
const ABOUT = [
  ...(["decision", "reason", "ruleId", "ruleVersion", "edits", "project", "team", "personId", "proxyKeyId"] as const),
  ...(["sessionId", "agentId", "parentAgentId", "clientName", "clientVersion", "billingMode"] as const),
] as const;

type About = Pick<OpenRecord, (typeof ABOUT)[number]>;

const REMEMBERED_MAX = 1_000;
/** By session, what was said last. */
const said = new Map<string | null, { about: About; json: Uint8Array }>();

function aboutJson(about: About): Uint8Array {
  const before = said.get(about.sessionId);
  if (before !== undefined && saysTheSame(before.about, about)) return before.json;
  const json = Buffer.from(JSON.stringify(ABOUT.map((name) => about[name])).slice(1, -1));
  if (said.size >= REMEMBERED_MAX) said.clear();
  said.set(about.sessionId, { about, json });
  return json;
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
