import { writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { openSqlConnection } from "#store/sql-connection.ts";

// Writes one row of the older layout after another, as the ledger of a release before. It has a busy timeout of two
// seconds, and writes again after a refusal. Says `ready` once it has begun. Ends with SIGTERM, and then says how many
// it wrote, how often it was refused, and its longest wait.
const { url, columns, values } = JSON.parse(process.argv[2] ?? "{}") as {
  url: string;
  columns: string[];
  values: (string | number | null)[];
};
let isStopping = false;
process.once("SIGTERM", () => {
  isStopping = true;
});
const connection = await openSqlConnection(url, { timeoutMs: 2_000 });
const places = values.map((_, at) => `$${at + 2}`).join(", ");
const insert = `INSERT INTO request_event ("id", ${columns.map((name) => `"${name}"`).join(", ")}) VALUES ($1, ${places})`;
const refusals: string[] = [];
let longestMs = 0;
let written = 0;
for (; !isStopping; written += 1) {
  const beganTick = performance.now();
  for (;;) {
    try {
      await connection.transaction(() => connection.all(insert, [`probe_${written}`, ...values]));
      break;
    } catch (error) {
      refusals.push(String(error));
      if (refusals.length > 100) throw error;
    }
  }
  longestMs = Math.max(longestMs, performance.now() - beganTick);
  if (written === 0) writeSync(1, "ready\n");
  await wait(5);
}
await connection.close();
writeSync(1, `${JSON.stringify({ written, refusals, longestMs: Math.round(longestMs) })}\n`);
