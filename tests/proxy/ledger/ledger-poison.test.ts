import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { encodeRecord, RECORD_BYTES_MAX, type SpoolRecord } from "#proxy/spool/format.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { askMany, failed } from "#tests/support/ask-many.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";
import { clearAway, ONE_RULE, startProxy, until } from "#tests/support/proxy-process.ts";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock?.close());

const encodeLine = (record: SpoolRecord) => Buffer.from(encodeRecord(record));
const damaged = (line: Buffer) => {
  const copy = Buffer.from(line);
  copy[40] = (copy[40] ?? 0) ^ 1;
  return copy;
};

interface Health {
  events_set_aside: number;
  spool_left_behind_bytes: number;
}

it("R27: records around any crash damage in a spool are stored, and the damage is set aside and counted", async () => {
  const home = mkdtempSync(join(tmpdir(), "cco-poison-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const dead = join(home, "data", "spool", "ins_dead");
  mkdirSync(dead, { recursive: true, mode: 0o700 });
  const good = Array.from({ length: 8 }, () => makeEvent({ instanceId: "ins_dead" }));
  const closes = good.map((event) => encodeLine({ close: event }));
  const bad = [
    Buffer.from("garbage that was once a line\n"),
    damaged(encodeLine({ close: makeEvent() })),
    Buffer.alloc(3 * 1024 * 1024), // a block that was never written
    Buffer.from(`${(RECORD_BYTES_MAX + 1).toString(16).padStart(8, "0")} 00000000 ${"x".repeat(100)}\n`), // longer than any
    Buffer.from(`${"y".repeat(5 * 1024 * 1024)}\n`),
    encodeLine({ somethingElse: 1 } as unknown as SpoolRecord),
    encodeLine({ close: { ...makeEvent(), usage: null } } as unknown as SpoolRecord),
  ];
  const pieces = closes.flatMap((line, at) => [line, bad[at] ?? Buffer.alloc(0)]);
  const opened = makeEvent({ instanceId: "ins_dead" });
  const torn = encodeLine({ close: makeEvent() }).subarray(0, 200);
  writeFileSync(
    join(dead, "00000001.log"),
    Buffer.concat([...pieces, encodeLine({ open: toOpenRecord(opened) }), torn]),
  );
  writeFileSync(join(dead, "00000002.log"), "\n\n");

  const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, dataDir: home });
  onTestFinished(() => clearAway(proxy));
  const answers = await askMany(proxy.url, 5);
  const rows = await proxy.events(good.length + 1 + answers.length);
  const health = await until(async () => {
    const seen = (await (await fetch(`${proxy.url}/health`)).json()) as Health;
    return seen.spool_left_behind_bytes === 0 && !existsSync(dead) && seen;
  });
  const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
  expect(await proxy.stop()).toBe(0);

  const endings = new Map(rows.map(({ id, ended }) => [String(id), ended]));
  expect(good.filter(({ id }) => endings.get(id) !== "complete")).toEqual([]);
  expect([endings.get(opened.id), failed(answers)]).toEqual(["interrupted", []]);
  expect(endings.size).toBe(good.length + 1 + answers.length);
  expect(health.events_set_aside).toBeGreaterThanOrEqual(bad.length);
  expect(metrics).toContain(`\ncco_events_set_aside_total ${health.events_set_aside}\n`);
  const file = join(home, "data", "spool", "ins_dead.bad");
  const aside = readFileSync(file);
  for (const piece of bad.slice(0, 6)) expect(aside.includes(piece.subarray(0, 1000))).toBe(true);
  expect(aside.toString("latin1")).toContain('{"reason":"usage is missing"');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const connection = await openSqlConnection(`file:${join(proxy.dataDir, "cco.db")}`);
  onTestFinished(() => connection.close());
  expect(await verifyLedger(connection)).toMatchObject({ ok: true });
});
