import { LedgerLoop } from "#proxy/ledger/thread/ledger-loop.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import { makeEvent, openRecordOf } from "#tests/support/make-event.ts";

const INSTANCE = "ins_bench";

/** Traffic as a team makes it: 20 projects, 40 people, 3,000 sessions, 50 ms apart, ids as the proxy mints them. */
export async function writeSpool(spoolDir: string, count: number): Promise<void> {
  const { newId } = await import("#proxy/request/event-id.ts");
  const spool = openSpool({ dir: spoolDir, instanceId: INSTANCE, reserveBytes: 0 });
  for (let n = 0; n < count; n += 1) {
    const startedAtMs = 1_795_000_000_000 + n * 50;
    const event = makeEvent({
      id: newId("evt", startedAtMs),
      instanceId: "ins_01KBCDEFGHJKMNPQRSTVWXYZ01",
      startedAtMs,
      endedAtMs: startedAtMs + 900,
      project: `project-${n % 20}`,
      personId: `per_01KBCDEFGHJKMNPQRSTVWXY${n % 40}`,
      sessionId: `0b6f1a52-9c1e-4b6e-8f0a-${String(n % 3000).padStart(12, "0")}`,
      upstreamRequestId: `req_011CSHoEeqs5C35K2UUqR7F${n % 10}`,
    });
    spool.open(openRecordOf(event));
    spool.close(event);
  }
  await spool.end();
}

/** Brings everything in the spool into the database, as the proxy's own ledger thread does. */
export async function drainSpool(spoolDir: string, databaseUrl: string): Promise<void> {
  const options = { databaseUrl, spoolDir, instanceId: INSTANCE, reportingZone: null, modelsFile: null };
  const loop = new LedgerLoop(options, () => {});
  loop.receive({ kind: "stop", withinMs: 600_000 });
  await loop.run();
}
