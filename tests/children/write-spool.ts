import { openSync, writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { startLedger } from "#proxy/ledger/client/ledger-thread.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import { makeEvent, toOpenRecord } from "../support/make-event.ts";
import { workerUrl } from "../support/worker-url.ts";

// A proxy reduced to its accounts. Notes in `saidFile` `o <id>` when a request was sent upstream and `c <id>` when its
// client has the answer.
const { databaseUrl, spoolDir, instanceId, saidFile } = JSON.parse(process.argv[2] ?? "{}") as Record<string, string>;
if (!databaseUrl || !spoolDir || !instanceId || !saidFile) throw new Error("settings are missing");
const said = openSync(saidFile, "a");
const spool = openSpool({ dir: spoolDir, instanceId, reserveBytes: 0, segmentBytesMax: 200_000 });
const ledger = startLedger({ databaseUrl, spoolDir, instanceId, reportingZone: null, workerUrl, spool });
process.once("SIGTERM", async () => {
  isStopping = true;
  await spool.end();
  await ledger.stop();
  process.exit(0);
});

let isStopping = false;
const context = { serviceTier: "standard", speed: null, inferenceGeo: null };
const open: ReturnType<typeof makeEvent>[] = [];
for (let n = 0; !isStopping; n += 1) {
  const event = makeEvent({ id: `evt_${instanceId}_${n}`, instanceId, startedAtMs: Date.now(), project: `p${n % 5}` });
  spool.open(toOpenRecord(event));
  writeSync(said, `o ${event.id}\n`);
  open.push(event);
  // Some thirty requests are under way at any moment.
  const oldest = open.length > 30 ? open.shift() : undefined;
  if (oldest) {
    const { id, usage, answeredModel } = oldest;
    spool.started({ id, atMs: Date.now(), usage, context, answeredModel, upstreamRequestId: null });
    spool.close(oldest);
    writeSync(said, `c ${oldest.id}\n`);
  }
  if (n % 20 === 0) await wait(10);
}
