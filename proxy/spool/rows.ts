import type { EventCosts, RequestEvent } from "#core/activity/request-event.ts";
import type { Usage } from "#core/costs/usage.ts";
import type { OpenRecord } from "./records.ts";

/**
 * Records as rows: their values in a fixed order, without the names. Less than half as long as objects and twice as quick to
 * write (`write-rows.ts`) and to read, and there are two for every request. A field that is added goes to the end, and its reader takes a row
 * without it; any other change needs a layout of its own, with a number of its own.
 */
export const LAYOUT = 1;

export type Row = readonly unknown[];

/** Every field of `T`, and nothing known yet of what is in it: whoever uses the values looks whether they are sound. */
type Unread<T> = { [K in keyof T]-?: unknown };

/** The row is one that `writeOpen` wrote. */
export function openOf(row: Row): OpenRecord {
  const open: Unread<OpenRecord> = {
    id: row[2],
    startedAtMs: row[3],
    instanceId: row[4],
    endpoint: row[5],
    streamed: row[6],
    requestedModel: row[7],
    servedModel: row[8],
    decision: row[9],
    reason: row[10],
    ruleId: row[11],
    ruleVersion: row[12],
    edits: row[13],
    project: row[14],
    team: row[15],
    personId: row[16],
    proxyKeyId: row[17],
    sessionId: row[18],
    agentId: row[19],
    parentAgentId: row[20],
    clientName: row[21],
    clientVersion: row[22],
    billingMode: row[23],
    cache: row[24],
    cacheReason: row[25],
    requestBytes: row[26],
  };
  return open as unknown as OpenRecord;
}

/** The row is one that `writeClose` wrote. */
export function closeOf(row: Row): RequestEvent {
  const event: Unread<RequestEvent> = {
    id: row[2],
    instanceId: row[3],
    upstreamRequestId: row[4],
    startedAtMs: row[5],
    endedAtMs: row[6],
    durationMs: row[7],
    ttfbMs: row[8],
    endpoint: row[9],
    streamed: row[10],
    status: row[11],
    ended: row[12],
    errorType: row[13],
    stopReason: row[14],
    requestedModel: row[15],
    servedModel: row[16],
    answeredModel: row[17],
    decision: row[18],
    reason: row[19],
    ruleId: row[20],
    ruleVersion: row[21],
    edits: row[22],
    project: row[23],
    team: row[24],
    personId: row[25],
    proxyKeyId: row[26],
    sessionId: row[27],
    agentId: row[28],
    parentAgentId: row[29],
    clientName: row[30],
    clientVersion: row[31],
    billingMode: row[32],
    usage: usageOf(row[33]),
    usageState: row[34],
    serviceTier: row[35],
    speed: row[36],
    inferenceGeo: row[37],
    priceVersion: row[38],
    costs: costsOf(row[39]),
    costNanoUsd: row[40],
    baselineNanoUsd: row[41],
    savedNanoUsd: row[42],
    avoidedNanoUsd: row[43],
    tokenizerRatioMilli: row[44],
    cache: row[45],
    cacheReason: row[46],
    requestBytes: row[47],
    responseBytes: row[48],
    usageParts: row[49] ?? null,
  };
  return event as unknown as RequestEvent;
}

function usageOf(row: unknown): Unread<Usage> | null {
  if (!Array.isArray(row)) return null;
  return {
    inputTokens: row[0],
    cacheWrite5mTokens: row[1],
    cacheWrite1hTokens: row[2],
    cacheReadTokens: row[3],
    outputTokens: row[4],
    thinkingTokens: row[5],
    webSearches: row[6],
  };
}

function costsOf(row: unknown): Unread<EventCosts> | null {
  if (!Array.isArray(row)) return null;
  return {
    inputNanoUsd: row[0],
    cacheWrite5mNanoUsd: row[1],
    cacheWrite1hNanoUsd: row[2],
    cacheReadNanoUsd: row[3],
    outputNanoUsd: row[4],
    webSearchNanoUsd: row[5],
  };
}
