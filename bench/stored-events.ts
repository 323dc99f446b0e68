import { LedgerLoop } from "#proxy/ledger/thread/ledger-loop.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";

const INSTANCE = "ins_bench";

/**
 * Writes traffic as a team makes it. There are 20 projects, 40 people and 3,000 sessions. Requests are 50 ms apart,
 * with ids as the proxy mints them. Times, tokens, costs and sizes differ from request to request.
 */
export async function writeSpool(spoolDir: string, count: number): Promise<void> {
  const { newId } = await import("#proxy/request/event-id.ts");
  const spool = openSpool({ dir: spoolDir, instanceId: INSTANCE, reserveBytes: 0 });
  for (let n = 0; n < count; n += 1) {
    const startedAtMs = 1_795_000_000_000 + n * 50;
    const event = makeEvent({
      id: newId("evt", startedAtMs),
      instanceId: "ins_01KBCDEFGHJKMNPQRSTVWXYZ01",
      startedAtMs,
      ...ownFigures(n, startedAtMs),
      project: `project-${n % 20}`,
      personId: `per_01KBCDEFGHJKMNPQRSTVWXY${n % 40}`,
      sessionId: `0b6f1a52-9c1e-4b6e-8f0a-${String(n % 3000).padStart(12, "0")}`,
      upstreamRequestId: `req_011CSHoEeqs5C35K2UUqR7F${n}`,
    });
    spool.open(toOpenRecord(event));
    spool.close(event);
  }
  await spool.end();
}

function ownFigures(n: number, startedAtMs: number) {
  const durationMs = 900 + (n % 977);
  const usage = {
    inputTokens: n % 100,
    cacheWrite5mTokens: (n * 7) % 5000,
    cacheWrite1hTokens: 0,
    cacheReadTokens: (n * 17) % 90_000,
    outputTokens: (n * 13) % 3000,
    thinkingTokens: n % 50,
    webSearches: 0,
  };
  const costs = {
    inputNanoUsd: `${usage.inputTokens * 3000}`,
    cacheWrite5mNanoUsd: `${usage.cacheWrite5mTokens * 3750}`,
    cacheWrite1hNanoUsd: "0",
    cacheReadNanoUsd: `${usage.cacheReadTokens * 300}`,
    outputNanoUsd: `${usage.outputTokens * 15_000}`,
    webSearchNanoUsd: "0",
  };
  const cost = Object.values(costs).reduce((sum, part) => sum + Number(part), 0);
  return {
    endedAtMs: startedAtMs + durationMs,
    durationMs,
    ttfbMs: 300 + (n % 311),
    usage,
    costs,
    costNanoUsd: `${cost}`,
    baselineNanoUsd: `${cost * 2}`,
    savedNanoUsd: `${cost}`,
    messages: n % 100,
    toolUses: n % 5,
    requestBytes: 150_000 + ((n * 7919) % 100_000),
    responseBytes: 4000 + ((n * 31) % 5000),
  };
}

/** Brings everything in the spool into the database, as the proxy's own ledger thread does. */
export async function drainSpool(spoolDir: string, databaseUrl: string): Promise<void> {
  const options = { databaseUrl, spoolDir, instanceId: INSTANCE, reportingZone: null, modelsFile: null };
  const loop = new LedgerLoop(options, () => {});
  loop.receive({ kind: "stop", withinMs: 600_000 });
  await loop.run();
}
