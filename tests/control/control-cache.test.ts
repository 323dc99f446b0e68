import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listAuditEntries } from "#control/audit/list.ts";
import { readCacheOverview } from "#control/cache/overview.ts";
import { purgeCache } from "#control/cache/purge.ts";
import { readPurgeChoices } from "#control/cache/purge-choices.ts";
import { readOverview } from "#control/costs/overview.ts";
import { operatorActor } from "#core/access/actor.ts";
import { rolesWith } from "#core/access/permissions.ts";
import { roles } from "#core/access/roles.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { CacheReport } from "#core/cache/cache-report.ts";
import { readPurges } from "#core/cache/purges.ts";
import { putCacheReport, putInstance } from "#store/instances.ts";
import { rebuildRollups } from "#store/ledger-writes.ts";
import { readSetting, settingKey } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { insertAsBefore } from "#tests/support/release-before.ts";

const operator = operatorActor("test");
let world: ControlWorld;
beforeEach(async () => {
  world = await makeControlWorld();
});
afterEach(() => world.end());

async function withConnection(work: (connection: SqlConnection) => Promise<unknown>): Promise<void> {
  const connection = await openSqlConnection(`file:${world.deps.config.dataDir}/cco.db`);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}

const report = (fields: Partial<CacheReport>): CacheReport => ({
  items: 1,
  bytes: 100,
  bytesMax: 1000,
  hits: 2,
  misses: 3,
  stored: 3,
  evictions: 1,
  tokensAvoided: 500,
  timeAvoidedMs: 900,
  bypasses: {},
  shared: "none",
  entries: [],
  ...fields,
});

const on = (day: string): Pick<RequestEvent, "startedAtMs" | "endedAtMs"> => ({
  startedAtMs: Date.parse(`${day}T10:00:00Z`),
  endedAtMs: Date.parse(`${day}T10:00:01Z`),
});

describe("the cache page", () => {
  it("sums look-ups and avoided money from the ledger, and shows no rate without a look-up", async () => {
    expect((await readCacheOverview(operator, {}, world.deps)).ledger.hitRate).toBeNull();
    const hit = { cache: "hit", avoidedNanoUsd: "41", costNanoUsd: "0", savedNanoUsd: "0" } as const;
    await world.record([
      makeEvent({ ...on("2026-11-20"), ...hit }),
      makeEvent({ ...on("2026-11-20"), ...hit, endpoint: "count_tokens" }),
      makeEvent({ ...on("2026-11-20"), ...hit, billingMode: "subscription" }),
      makeEvent({ ...on("2026-11-21"), cache: "miss" }),
      makeEvent({ ...on("2026-11-21"), cache: "bypass", cacheReason: "tools" }),
      makeEvent({ ...on("2026-10-01"), ...hit }),
    ]);

    const { ledger, points } = await readCacheOverview(operator, { range: "7d" }, world.deps);

    expect(ledger).toEqual({ hits: 3, misses: 1, bypasses: 1, otherBypasses: 0, hitRate: 0.75, avoidedNanoUsd: "82" });
    expect(points.map(({ counts }) => counts?.hits ?? null)).toEqual([null, null, null, null, 3, 0, null]);
  });

  it("shows bypasses by reason and the tokens avoided in the same range", async () => {
    const bypass = (reason: string) => ({ cache: "bypass", cacheReason: reason }) as const;
    const hit = { cache: "hit", costNanoUsd: "0", savedNanoUsd: "0", avoidedNanoUsd: "41" } as const;
    const events = [
      ...["tools", "tools", "sampling"].map((reason) => makeEvent({ ...on("2026-11-20"), ...bypass(reason) })),
      makeEvent({ ...on("2026-11-21"), ...bypass("tools"), endpoint: "count_tokens" }),
      makeEvent({ ...on("2026-10-01"), ...bypass("tools") }),
      makeEvent({ ...on("2026-11-20"), ...hit }),
      makeEvent({ ...on("2026-10-01"), ...hit }),
    ];
    await world.record(events);

    const { bypasses, ledger, tokensAvoided } = await readCacheOverview(operator, { range: "7d" }, world.deps);

    expect(bypasses).toEqual([
      { reason: "tools", why: "Uses tools: replaying the response could repeat side effects.", count: 3 },
      expect.objectContaining({ reason: "sampling", count: 1 }),
    ]);
    expect(bypasses.reduce((sum, { count }) => sum + count, 0)).toBe(ledger.bypasses);
    expect(tokensAvoided).toBe(100 + 1000 + 30_000 + 500);
    await withConnection((connection) => rebuildRollups(connection, world.deps.now()));
    expect(await readCacheOverview(operator, { range: "7d" }, world.deps)).toMatchObject({ bypasses, tokensAvoided });
    // What an upgrade makes of records of an earlier release is the same.
    const [, fill = ""] = readFileSync(
      "prisma/migrations/sqlite/20261128021000_cache_uses/migration.sql",
      "utf8",
    ).split("-- What was recorded before. One pass over the events.");
    await withConnection(async (connection) => {
      for (const table of ["rollup_cache", "event_row"]) await connection.all(`DELETE FROM ${table}`);
      await insertAsBefore(connection, events);
      await connection.script(fill);
    });
    expect(await readCacheOverview(operator, { range: "7d" }, world.deps)).toMatchObject({ bypasses, tokensAvoided });
  });

  it("has a sentence for every reason this release records, and counts calls that are no requests apart", async () => {
    const bypass = (cacheReason: string | null, endpoint: RequestEvent["endpoint"] = "messages") =>
      makeEvent({ ...on("2026-11-20"), cache: "bypass", cacheReason, endpoint });
    await world.record([bypass("not-reached"), bypass("endpoint", "files"), bypass(null), bypass("of-next-year")]);

    const { bypasses, ledger } = await readCacheOverview(operator, {}, world.deps);
    const { total } = await readOverview(operator, { range: "7d" }, world.deps);

    const ofAnother = bypasses.filter(({ why }) => why === "A reason recorded by another release.");
    expect(ofAnother.map(({ reason }) => reason)).toEqual(["of-next-year"]);
    expect(ledger).toMatchObject({ bypasses: 4, otherBypasses: 1 });
    expect(ledger.bypasses - ledger.otherBypasses).toBe(total.requests);
  });

  it("sums what the running instances say, names each, and leaves out those that are gone", async () => {
    const entry = { model: "claude-haiku-5-5", endpoint: "messages", storedAtMs: 7, bytes: 10, hits: 1 };
    await withConnection(async (connection) => {
      const instance = { hostname: "host", pid: 1, startedAtMs: 1, rulesVersion: 1, rulesHash: null };
      const put = async (id: string, seenMs: number, text: string | null) => {
        await putInstance(connection, id, { ...instance, rulesProblem: null, fileReadOnly: false }, new Date(seenMs));
        if (text !== null) await putCacheReport(connection, id, text);
      };
      const now = world.deps.now().getTime();
      await put("ins_a", now, JSON.stringify(report({ entries: [entry] })));
      await put("ins_b", now, JSON.stringify(report({ shared: "up" })));
      await put("ins_new", now, null);
      await put("ins_gone", now - 3_600_000, JSON.stringify(report({ items: 1000 })));
    });

    const overview = await readCacheOverview(operator, {}, world.deps);

    // Counts since a start belong to no range, so the page does not get any.
    expect(overview.now).toEqual({ items: 2, bytes: 200, bytesMax: 2000 });
    expect(overview.instances.map(({ id, report: own }) => [id, own?.shared ?? null]).sort()).toEqual([
      ["ins_a", "none"],
      ["ins_b", "up"],
      ["ins_new", null],
    ]);
    expect(overview.entries).toEqual([{ ...entry, tier: 3 }]);
  });

  it("shows the settings in force and the line of the rules file that sets each", async () => {
    const before = await readCacheOverview(operator, {}, world.deps);
    await world.publish("[cache]\nttl_seconds = 60\n");

    const { settings } = await readCacheOverview(operator, {}, world.deps);

    expect(before.settings).toMatchObject({ version: null, cache: { enabled: true, ttlSeconds: 300 } });
    expect(settings).toEqual({
      version: 1,
      cache: { enabled: true, maxMb: 256, ttlSeconds: 60, scope: "caller" },
      lines: { enabled: null, max_mb: null, ttl_seconds: 2, scope: null },
    });
  });
});

describe("purging", () => {
  it("gets a serial number for every instance and an audit entry with the person's name", async () => {
    const [owner, dora] = [await world.person("owner"), await world.person("developer", "Dora")];

    await purgeCache(owner, { kind: "person", personId: dora.id }, world.deps);
    await purgeCache(owner, { kind: "model", model: "claude-haiku-5-5" }, world.deps);
    await purgeCache(owner, { kind: "all" }, world.deps);

    const purges = readPurges(await readSetting(world.deps.db, settingKey.cachePurges));
    expect([purges.serial, purges.all]).toEqual([3, 3]);
    const { entries } = await listAuditEntries(owner, { action: "cache" }, world.deps);
    expect(entries.map(({ after }) => after)).toEqual([
      { kind: "all" },
      { kind: "model", model: "claude-haiku-5-5" },
      { kind: "person", personId: dora.id, person: "Dora" },
    ]);
  });

  it("and looking require their permissions; other roles change nothing", async () => {
    const people = await onePersonPerRole(world);
    const mayPurge = rolesWith("cache.purge") as readonly string[];

    for (const role of roles.filter((one) => !mayPurge.includes(one))) {
      const refused = { code: "auth.forbidden" };
      await expect(purgeCache(people[role], { kind: "all" }, world.deps)).rejects.toMatchObject(refused);
      await expect(readCacheOverview(people[role], {}, world.deps)).rejects.toMatchObject(refused);
      await expect(readPurgeChoices(people[role], world.deps)).rejects.toMatchObject(refused);
    }

    expect(mayPurge).toEqual(["owner", "admin"]);
    expect(await readSetting(world.deps.db, settingKey.cachePurges)).toBeNull();
  });

  it("offers the models that were looked up, and every person", async () => {
    const owner = await world.person("owner", "Olga");
    await world.record([
      makeEvent({ ...on("2026-11-20"), cache: "miss", servedModel: "claude-haiku-5-5" }),
      makeEvent({ ...on("2026-11-20"), cache: "bypass", servedModel: "claude-opus-5-5" }),
    ]);

    expect(await readPurgeChoices(owner, world.deps)).toEqual({
      people: [{ id: owner.id, name: "Olga" }],
      models: ["claude-haiku-5-5"],
    });
  });
});
