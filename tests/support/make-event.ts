import { EVENT_FIELDS, knownEvent } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { OpenRecord } from "#proxy/spool/records.ts";

let minted = 0;

/** A plain, complete, priced event; everything can be said otherwise. Long because it is one list: a line per field. */
export function makeEvent(fields: Partial<RequestEvent> = {}): RequestEvent {
  minted += 1;
  const usual = {
    id: `evt_${process.pid}_${minted}`,
    instanceId: "ins_test",
    startedAtMs: 1_795_000_000_000,
    endedAtMs: 1_795_000_000_900,
    durationMs: 900,
    ttfbMs: 300,
    endpoint: "messages",
    streamed: true,
    status: 200,
    ended: "complete",
    stopReason: "end_turn",
    requestedModel: "claude-opus-4-8",
    servedModel: "claude-sonnet-5-5",
    answeredModel: "claude-sonnet-5-5",
    decision: "override",
    reason: "rule",
    ruleId: "r_1",
    ruleVersion: 1,
    project: "website",
    clientName: "claude-code",
    clientVersion: "2.1.330",
    billingMode: "metered",
    usage: {
      inputTokens: 100,
      cacheWrite5mTokens: 1000,
      cacheWrite1hTokens: 0,
      cacheReadTokens: 30_000,
      outputTokens: 500,
      thinkingTokens: 100,
      webSearches: 0,
    },
    usageState: "exact",
    serviceTier: "standard",
    priceVersion: "test",
    costs: {
      inputNanoUsd: "300000",
      cacheWrite5mNanoUsd: "3750000",
      cacheWrite1hNanoUsd: "0",
      cacheReadNanoUsd: "9000000",
      outputNanoUsd: "7500000",
      webSearchNanoUsd: "0",
    },
    costNanoUsd: "20550000",
    baselineNanoUsd: "40550000",
    savedNanoUsd: "20000000",
    avoidedNanoUsd: "0",
    tokenizerRatioMilli: 1000,
    cache: "off",
    requestBytes: 150_000,
    responseBytes: 4000,
  } satisfies Partial<RequestEvent>;
  return Object.assign(knownEvent(usual), fields);
}

/** An event that began at this moment and took 900 ms. */
export const startedAt = (text: string): Pick<RequestEvent, "startedAtMs" | "endedAtMs"> => ({
  startedAtMs: Date.parse(text),
  endedAtMs: Date.parse(text) + 900,
});

/** The fields of an event that are known before it is sent upstream. */
export function toOpenRecord(event: RequestEvent): OpenRecord {
  const known = EVENT_FIELDS.filter(({ when }) => when !== "close").map(({ name }) => [name, event[name]]);
  return Object.fromEntries(known) as OpenRecord;
}
