import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { rebuildLedger } from "#control/ledger/rebuild.ts";
import { verifyRecords } from "#control/ledger/verify.ts";
import { may } from "#core/access/permissions.ts";
import { roles } from "#core/access/roles.ts";
import { startMock } from "#mock/server.ts";
import { appendAudit } from "#store/audit.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";
import { clearAway, ONE_RULE, startProxy, until } from "#tests/support/proxy-process.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// The command runs as a process, once per kind of damage.

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

const entry = (n: number) => ({
  at: new Date(Date.UTC(2026, 10, 18, 10, n)),
  ...{ actorKind: "operator", actorId: "operator", actorName: "root", via: "cli", address: null },
  ...{ action: "rules.publish", objectKind: null, objectId: null, before: null, after: `{"n":${n}}` },
});

/** A sound ledger: priced events on two days, and three audit entries. */
async function soundLedger(url: string): Promise<SqlConnection> {
  await migrateDatabase(url);
  const sql = await openSqlConnection(url);
  onTestFinished(() => sql.close());
  const monday = Date.parse("2026-11-16T23:50:00Z");
  await recordEvents(sql, [
    pricedEvent({ id: "evt_one", startedAtMs: monday }),
    pricedEvent({ id: "evt_two", startedAtMs: monday + 20 * 60_000, project: "app" }),
    pricedEvent({ id: "evt_same", startedAtMs: monday, servedModel: "claude-opus-5-5", decision: "pass" }),
    makeEvent({ id: "evt_older_list", startedAtMs: monday, priceVersion: "2026-10-01" }),
    pricedEvent({ id: "evt_unpriced", startedAtMs: monday, requestedModel: "gpt-x", servedModel: "gpt-x" }),
  ]);
  for (let n = 1; n <= 3; n += 1) await inControlTransaction(sql, () => appendAudit(sql, entry(n)));
  return sql;
}

describe.each([
  ["SQLite", async () => `file:${join(scratchFolder(), "cco.db")}`],
  ["PostgreSQL", () => server.newMigratedDatabase()],
])("cco verify on %s", (_kind, newUrl) => {
  it("passes a sound ledger and lists the price lists it could not recompute", async () => {
    const url = await newUrl();
    await soundLedger(url);

    const { code, stdout, stderr } = await ccoHere(["verify"], { DATABASE_URL: url });

    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(
      /^5 events, 4 priced again by list \S+; only the sums of 1 by list 2026-10-01; 1 unpriced$/m,
    );
    expect(stderr).toMatch(/^3 audit entries, unbroken, ending with [0-9a-f]{64}$/m);
    const json = await ccoHere(["verify", "--json"], { DATABASE_URL: url });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...{ schema_version: 1, ok: true, events: 5, unpriced: 1, repriced: 4, differences: 0, problems: [] },
      other_price_lists: { "2026-10-01": 1 },
      audit: { ok: true, entries: 3 },
    });
  });

  it("counts unpriced requests like the rollups, without refused ones", async () => {
    const url = await newUrl();
    const sql = await soundLedger(url);
    const at = Date.parse("2026-11-17T10:00:00Z");
    const free = {
      costs: null,
      costNanoUsd: null,
      baselineNanoUsd: null,
      savedNanoUsd: null,
      usageState: "none",
    } as const;
    await recordEvents(sql, [
      makeEvent({ id: "evt_refused", startedAtMs: at, ...free, ended: "error", status: 429 }),
      makeEvent({ id: "evt_broken_off", startedAtMs: at, ...free, ended: "interrupted" }),
    ]);

    const { stderr } = await ccoHere(["verify"], { DATABASE_URL: url });

    const [row] = await sql.all("SELECT SUM(unpriced) AS unpriced FROM rollup_day");
    expect(stderr).toContain(`; ${Number(row?.unpriced)} unpriced\n`);
    expect(Number(row?.unpriced)).toBe(2);
  });

  it.each([
    [
      "a rollup row that is gone",
      "DELETE FROM rollup_quarter WHERE project = 'app'",
      /^quarter-hour 2026-11-17T00:00Z \(claude-opus-5-5 → claude-haiku-5-5, .*project app.*\) is missing: .*requests 1, cost_nano_usd \d+ \(\$0\.\d{9}\)\nday 2026-11-17 .* belongs to no event/,
    ],
    [
      "an amount of a day",
      "UPDATE rollup_day SET cost_nano_usd = cost_nano_usd + 1000000000 WHERE project = 'app'",
      /^day 2026-11-17 \(.*project app.*\): cost_nano_usd is 1\d{9} \(\$1\.\d{9}\), by the events \d+ \(\$0\.\d{9}\)\n$/,
    ],
    [
      "a count of a quarter-hour",
      "UPDATE rollup_quarter SET requests = 7 WHERE project = 'app'",
      /^quarter-hour 2026-11-17T00:00Z .*requests is 7, by the events 1\nday 2026-11-17 .*requests is 1, by the events 7\n$/,
    ],
    [
      "the cost of an event",
      "UPDATE event_row SET cost_nano_usd = 5 WHERE id = 'evt_two'",
      /event evt_two \(2026-11-17T00:10:00.000Z, .*project app\): cost_nano_usd is 5 \(\$0\.000000005\), by its tokens and prices \d+/,
    ],
    [
      "the tokens of an event",
      "UPDATE event_row SET output_tokens = 501 WHERE id = 'evt_two'",
      /event evt_two .*cost_nano_usd is .*output_nano_usd is/,
    ],
    [
      "the sums of an event with another price list",
      "UPDATE event_row SET saved_nano_usd = 1 WHERE id = 'evt_older_list'",
      /event evt_older_list .*saved_nano_usd is 1 \(\$0\.000000001\), by its tokens and prices 20000000/,
    ],
    [
      "an event that is gone",
      "DELETE FROM event_row WHERE id = 'evt_two'",
      /^quarter-hour 2026-11-17T00:00Z .* belongs to no event: it has requests 1/,
    ],
    ["an audit entry that was changed", "UPDATE audit_entry SET actor_name = 'x' WHERE id = 2", /^audit entry 2 was/],
    ["an audit entry that is gone", "DELETE FROM audit_entry WHERE id = 2", /^audit entry 3 was .* the one before/],
    ["the last audit entry gone", "DELETE FROM audit_entry WHERE id = 3", /^audit log: its newest entries are missing/],
  ])("names %s", async (_what, damage, named) => {
    const url = await newUrl();
    const sql = await soundLedger(url);
    await sql.all(damage);

    const { code, stdout, stderr } = await ccoHere(["verify"], { DATABASE_URL: url });

    expect(code).toBe(1);
    expect(stdout).toMatch(named);
    expect(stderr).toMatch(/^error: /m);
  });

  it("rebuilds the rollups with --rebuild and audits it", async () => {
    const url = await newUrl();
    const sql = await soundLedger(url);
    await sql.all("UPDATE rollup_quarter SET requests = 7");
    await sql.all("DELETE FROM rollup_day");

    const { code, stderr } = await ccoHere(["verify", "--rebuild", "-y"], { DATABASE_URL: url });

    expect(stderr).toMatch(/4 audit entries, unbroken/);
    expect(code).toBe(0);
    expect(await sql.all("SELECT action FROM audit_entry WHERE id = 4")).toEqual([{ action: "ledger.rebuild" }]);
  });
});

it("cco verify names events whose price was edited in the list without a new version", async () => {
  const folder = scratchFolder();
  const url = `file:${join(folder, "cco.db")}`;
  await soundLedger(url);
  const list = join(folder, "models.toml");
  copyFileSync("config/models.toml", list);
  const text = readFileSync(list, "utf8");
  const at = text.indexOf('id = "claude-haiku-5-5"');
  writeFileSync(list, text.slice(0, at) + text.slice(at).replace(/output = "[\d.]+"/, 'output = "99"'));

  const { code, stdout } = await ccoHere(["verify"], { DATABASE_URL: url, CCO_MODELS_FILE: list });

  expect(code).toBe(1);
  expect(stdout.match(/^event \S+/gm)).toEqual(["event evt_one", "event evt_two"]);
});

it("cco verify passes while a proxy records traffic", async () => {
  const mock = await startMock({ record: false });
  onTestFinished(() => mock.close());
  const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE });
  onTestFinished(() => clearAway(proxy));
  let isOver = false;
  const ask = async () => {
    while (!isOver) {
      const body = '{"model":"claude-opus-5-5","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}';
      const headers = { "content-type": "application/json", "x-api-key": "sk-test", "anthropic-version": "2023-06-01" };
      await (await fetch(`${proxy.url}/v1/messages`, { method: "POST", headers, body })).text();
    }
  };
  const callers = Array.from({ length: 4 }, ask);
  await proxy.events(20);

  const run = await ccoHere(["verify", "--json"], { CCO_DATA_DIR: proxy.dataDir });
  const during = JSON.parse(run.stdout);
  await until(async () => (await proxy.events(1)).length > during.events);
  isOver = true;
  await Promise.all(callers);

  expect(during).toMatchObject({ ok: true, differences: 0 });
  expect(during.repriced).toBeGreaterThanOrEqual(20);
});

it("cco verify is restricted to owners and admins", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const people = await onePersonPerRole(world);
  const connection = await openSqlConnection(`file:${join(world.deps.config.dataDir, "cco.db")}`);
  onTestFinished(() => connection.close());
  const catalogue = loadCatalogue();

  for (const role of roles) {
    const isAllowed = (verb: Promise<unknown>) =>
      verb.then(
        () => true,
        () => false,
      );
    expect(await isAllowed(verifyRecords(people[role], { connection, catalogue }, world.deps)), role).toBe(
      may(people[role], "ledger.verify"),
    );
    expect(await isAllowed(rebuildLedger(people[role], { connection }, world.deps)), role).toBe(
      role === "owner" || role === "admin",
    );
  }
});
