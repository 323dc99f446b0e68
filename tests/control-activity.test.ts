import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { readActivityFacets } from "#control/activity/facets.ts";
import { readRequest } from "#control/activity/request.ts";
import { listRequests, liveRequests } from "#control/activity/requests.ts";
import { readActivitySeries } from "#control/activity/series.ts";
import { listSessionRows } from "#control/activity/sessions.ts";
import { operatorActor } from "#core/access/actor.ts";
import { rolesWith } from "#core/access/permissions.ts";
import { roles } from "#core/access/roles.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { databaseKind } from "#store/database-url.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inTransaction } from "#store/transaction.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "./support/control-world.ts";
import { makeEvent } from "./support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "./support/postgresql.ts";

const operator = operatorActor("test");
const at = (text: string): Pick<RequestEvent, "startedAtMs" | "endedAtMs"> => ({
  startedAtMs: Date.parse(text),
  endedAtMs: Date.parse(text) + 900,
});

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server.stop());

describe.each(["sqlite", "postgresql"])("on %s", (kind) => {
  let world: ControlWorld;
  let url: string;
  beforeEach(async () => {
    const databaseUrl = kind === "postgresql" ? await server.newDatabase() : undefined;
    world = await makeControlWorld(databaseUrl === undefined ? {} : { databaseUrl });
    url = databaseUrl ?? `file:${world.deps.config.dataDir}/cco.db`;
    expect(databaseKind(url)).toBe(kind);
  });
  afterEach(() => world.end());

  async function record(events: readonly RequestEvent[]): Promise<void> {
    const connection = await openSqlConnection(url);
    try {
      await recordEvents(connection, events);
    } finally {
      await connection.close();
    }
  }
  const listed = async (input: unknown) => (await listRequests(operator, input, world.deps)).rows.map(({ id }) => id);

  describe("the list of requests", () => {
    it("pages by key, newest first, without a gap or a repeat among requests of one millisecond", async () => {
      const same = at("2026-11-20T10:00:00Z");
      const events = Array.from({ length: 7 }, (_, n) => makeEvent({ id: `evt_same_${n}`, ...same }));
      await record([...events, makeEvent({ id: "evt_new", ...at("2026-11-21T10:00:00Z") })]);

      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page = await listRequests(operator, { limit: 3, ...(after ? { after } : {}) }, world.deps);
        seen.push(...page.rows.map(({ id }) => id));
        after = page.next;
      } while (after !== null);

      expect(seen).toEqual(["evt_new", ...events.map(({ id }) => id).reverse()]);
    });

    it("takes whole days of the reporting zone, the last one excluded", async () => {
      await writeSetting(world.deps.db, settingKey.reportingZone, "Asia/Kolkata", world.deps.now());
      await record([
        makeEvent({ id: "evt_before", ...at("2026-11-19T18:29:59.999Z") }),
        makeEvent({ id: "evt_first", ...at("2026-11-19T18:30:00Z") }),
        makeEvent({ id: "evt_last", ...at("2026-11-20T18:29:59.999Z") }),
        makeEvent({ id: "evt_after", ...at("2026-11-20T18:30:00Z") }),
      ]);
      const zone = (await listRequests(operator, {}, world.deps)).range.zone;

      const ids = await listed({ range: "2026-11-20..2026-11-21" });

      expect([zone, ids]).toEqual(["Asia/Kolkata", ["evt_last", "evt_first"]]);
    });

    it("narrows by everything its address can say, and draws the bars of exactly those requests", async () => {
      const person = await world.person("viewer", "Vera");
      const base = { ...at("2026-11-20T10:00:00Z"), project: "pay", personId: person.id, team: "core" };
      await record([
        makeEvent({ id: "evt_over", ...base, proxyKeyId: "key_1", sessionId: "s1" }),
        makeEvent({ id: "evt_skip", ...base, decision: "skipped", reason: "hazard:E23", ruleId: "r_2" }),
        makeEvent({ id: "evt_back", ...base, decision: "fallback", reason: "upstream_404" }),
        makeEvent({ id: "evt_hit", ...base, decision: "pass", cache: "hit", ruleId: null }),
        makeEvent({
          id: "evt_fail",
          ...base,
          decision: "pass",
          status: 529,
          ended: "error",
          requestedModel: "claude-x",
        }),
        makeEvent({ id: "evt_cut", ...base, decision: "pass", ended: "truncated", servedModel: "claude-y" }),
        makeEvent({ id: "evt_other", ...at("2026-11-20T11:00:00Z"), decision: "pass" }),
        makeEvent({ id: "evt_count", ...base, endpoint: "count_tokens", decision: "pass" }),
      ]);
      const all = ["evt_other", "evt_skip", "evt_over", "evt_hit", "evt_fail", "evt_cut", "evt_back"];

      const cases: [Record<string, string>, string[]][] = [
        [{}, all],
        [
          { kind: "all" },
          ["evt_other", "evt_skip", "evt_over", "evt_hit", "evt_fail", "evt_cut", "evt_count", "evt_back"],
        ],
        [{ project: "pay,none" }, all.slice(1)],
        [{ team: "core", person: person.id, requested: "claude-x" }, ["evt_fail"]],
        [{ model: "claude-y" }, ["evt_cut"]],
        [{ key: "key_1" }, ["evt_over"]],
        [{ rule: "r_2" }, ["evt_skip"]],
        [{ outcome: "overridden" }, ["evt_over"]],
        [{ outcome: "skipped,fallback" }, ["evt_skip", "evt_back"]],
        [{ outcome: "cached" }, ["evt_hit"]],
        [{ outcome: "failed" }, ["evt_fail"]],
        [{ outcome: "failed,cached,overridden" }, ["evt_over", "evt_hit", "evt_fail"]],
      ];
      for (const [input, expected] of cases) {
        const { series } = await readActivitySeries(operator, input, world.deps);
        expect([input, await listed(input)]).toEqual([input, expected]);
        expect([input, series?.total.requests]).toEqual([input, expected.length]);
      }
      expect(await listed({ session: "s1" })).toEqual(["evt_over"]);
      expect((await readActivitySeries(operator, { session: "s1" }, world.deps)).series).toBeNull();
    });

    it("pages what is rare through the spans that hold it, without a gap or a repeat", async () => {
      const rare = Array.from({ length: 9 }, (_, n) =>
        makeEvent({ id: `evt_rare_${n}`, ...at(`2026-11-${String(17 + (n % 3))}T0${n}:1${n}:00Z`), project: "rare" }),
      );
      const often = Array.from({ length: 60 }, (_, n) =>
        makeEvent({ ...at(`2026-11-${String(16 + (n % 6))}T${String(n % 24).padStart(2, "0")}:14:59.999Z`) }),
      );
      await record([...rare, ...often]);

      const seen: string[] = [];
      let after: string | null = null;
      do {
        const input: Record<string, unknown> = { project: "rare", limit: 2, ...(after ? { after } : {}) };
        const page = await listRequests(operator, input, world.deps);
        seen.push(...page.rows.map(({ id }) => id));
        after = page.next;
      } while (after !== null);

      const expected = [...rare].sort((a, b) => b.startedAtMs - a.startedAtMs).map(({ id }) => id);
      expect(seen).toEqual(expected);
    });

    it("tells nothing recorded at all from nothing in this range", async () => {
      expect((await listRequests(operator, {}, world.deps)).state).toBe("empty");

      await record([makeEvent(at("2026-10-01T10:00:00Z"))]);

      expect((await listRequests(operator, {}, world.deps)).state).toBe("nothing");
    });

    it("refuses a range, an outcome and a key it cannot read", async () => {
      for (const input of [{ range: "yesterday-ish" }, { outcome: "odd" }, { after: "1;DROP" }, { limit: 1000 }])
        await expect(listRequests(operator, input, world.deps)).rejects.toMatchObject({ code: "request.invalid" });
    });
  });

  describe("who sees what", () => {
    it("shows everybody's requests to those who may read them, and to everybody else their own only", async () => {
      const people = await onePersonPerRole(world);
      const seesAll = rolesWith("requests.read") as readonly string[];
      const time = at("2026-11-20T10:00:00Z");
      await record(
        roles.map((role) => makeEvent({ id: `evt_${role}`, ...time, personId: people[role].id, sessionId: role })),
      );

      for (const role of roles) {
        const expected = seesAll.includes(role) ? roles.length : 1;
        const query = { person: people.owner.id };
        const all = await listRequests(people[role], {}, world.deps);
        const forced = await listRequests(people[role], query, world.deps);
        const { series } = await readActivitySeries(people[role], {}, world.deps);
        const sessions = await listSessionRows(people[role], {}, world.deps);
        const live = await liveRequests(people[role], {}, world.deps);

        expect([role, all.rows.length, sessions.rows.length, series?.total.requests]).toEqual([
          role,
          expected,
          expected,
          expected,
        ]);
        expect(forced.rows.map(({ id }) => id)).toEqual([expected === 1 ? `evt_${role}` : "evt_owner"]);
        expect(live.rows).toEqual([]);
        expect((await readActivityFacets(people[role], {}, world.deps)).person.length).toBe(
          expected === 1 ? 0 : expected,
        );
      }
    });

    it("does not tell a developer that somebody else's request exists", async () => {
      const [dora, olga] = [await world.person("developer", "dora"), await world.person("owner", "olga")];
      await record([makeEvent({ id: "evt_olga", ...at("2026-11-20T10:00:00Z"), personId: olga.id })]);

      const [theirs, none] = await Promise.all(
        ["evt_olga", "evt_none"].map((id) => readRequest(dora, id, world.deps).catch((problem: unknown) => problem)),
      );

      expect(theirs).toMatchObject({ code: "not-found" });
      expect(String(theirs)).toBe(String(none));
      expect((await readRequest(olga, "evt_olga", world.deps)).event.id).toBe("evt_olga");
    });
  });

  describe("one request", () => {
    it("says which rule of which version decided, what was edited, and takes the baseline apart to the nano-dollar", async () => {
      const toml = `[[rule]]\nfrom = "claude-haiku-4-5"\nto = "claude-haiku-5-5"\n\n[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-sonnet-5-5"\nnote = "Pilot"\nwhen = { project = "pay" }\n`;
      await inTransaction(world.deps.db, (tx) =>
        insertRuleVersion(tx, {
          toml,
          comment: "",
          source: "console",
          actorId: null,
          actorName: "Olga",
          basedOn: null,
          applies: "new-sessions",
          publishedAt: new Date("2026-11-01T00:00:00Z"),
        }),
      );
      const usage = {
        ...emptyUsage(),
        inputTokens: 7,
        cacheReadTokens: 1000,
        cacheWrite1hTokens: 11,
        outputTokens: 13,
      };
      const models = { requested: "claude-opus-5-5", served: "claude-sonnet-5-5" };
      const time = at("2026-11-20T10:00:00Z");
      const context = { serviceTier: "standard", speed: null, inferenceGeo: null };
      const priced = priceRequest({ ...models, usage, context, atMs: time.startedAtMs }, world.deps.config.catalogue);
      const parsed = parseOverridesToml(toml, {
        catalogue: world.deps.config.catalogue,
        today: "2026-11-20",
        zone: "UTC",
      });
      const ruleId = (parsed.ok && parsed.ruleSet.rules[1]?.id) || "";
      const edits =
        '[{"code":"model","field":"model","action":"override-model"},{"code":"E1","field":"max_tokens","action":"clamp"}]';
      const money = {
        costNanoUsd: String(priced.cost),
        baselineNanoUsd: String(priced.baseline),
        savedNanoUsd: String(priced.saved),
      };
      const event = { requestedModel: models.requested, servedModel: models.served, ruleId, edits, usage, ...money };
      await record([makeEvent({ id: "evt_1", ...time, ...event })]);

      const detail = await readRequest(operator, "evt_1", world.deps);

      expect(detail.why).toBe("Rule 2 of v1 (Pilot) matched: opus-5-5 is served by sonnet-5-5 (only for project pay).");
      expect(detail.rule).toMatchObject({ place: 2, line: 5, version: 1 });
      expect(detail.edits.map(({ sentence }) => sentence)).toEqual([
        "The model's name was replaced by sonnet-5-5.",
        "The longest answer allowed was lowered to what sonnet-5-5 takes.",
      ]);
      const parts = Object.values(detail.baselineCosts ?? {}).reduce((sum, part) => sum + BigInt(part), 0n);
      expect(parts.toString()).toBe(money.baselineNanoUsd);
    });

    it("claims no parts of a baseline that today's prices do not add up to", async () => {
      await record([makeEvent({ id: "evt_old", ...at("2026-11-20T10:00:00Z"), baselineNanoUsd: "40550001" })]);

      expect((await readRequest(operator, "evt_old", world.deps)).baselineCosts).toBeNull();
    });

    it("says that a session keeps its decision, and which newer version it does not follow", async () => {
      for (const day of ["01", "20"])
        await inTransaction(world.deps.db, (tx) =>
          insertRuleVersion(tx, {
            toml: `# ${day}\n`,
            comment: "",
            source: "console",
            actorId: null,
            actorName: "Olga",
            basedOn: null,
            applies: "new-sessions",
            publishedAt: new Date(`2026-11-${day}T10:00:00Z`),
          }),
        );
      const session = { sessionId: "s1", ruleVersion: 1 };
      await record([
        makeEvent({ id: "evt_first", ...at("2026-11-20T09:00:00Z"), ...session }),
        makeEvent({ id: "evt_later", ...at("2026-11-20T11:00:00Z"), ...session }),
      ]);

      expect((await readRequest(operator, "evt_first", world.deps)).pinned).toBeNull();
      expect((await readRequest(operator, "evt_later", world.deps)).pinned).toMatch(
        /^v2 was live by then; .*keeps its decision/,
      );
    });
  });

  it("Live tells a long request when it is over, although newer ones were told before", async () => {
    const now = world.deps.now().getTime();
    const running = makeEvent({ id: "evt_long", startedAtMs: now - 600_000, endedAtMs: now + 3_000 });
    await record([makeEvent({ id: "evt_short", startedAtMs: now - 500, endedAtMs: now })]);

    const first = await liveRequests(operator, {}, world.deps);
    await record([running]);
    world.wait(4_000);
    const second = await liveRequests(operator, { since: first.until }, world.deps);

    expect(first.rows.map(({ id }) => id)).toEqual(["evt_short"]);
    expect(second.rows.map(({ id }) => id)).toEqual(["evt_short", "evt_long"]);
    expect(second.until).toBe(now + 3_000);
  });

  describe("sessions", () => {
    it("are one row each, the one used last first, paged without a gap or a repeat", async () => {
      const events = Array.from({ length: 12 }, (_, n) =>
        makeEvent({ ...at(`2026-11-20T10:${String(10 + n)}:00Z`), sessionId: `s${n % 4}` }),
      );
      await record([...events, makeEvent({ ...at("2026-11-20T12:00:00Z"), sessionId: null })]);

      const first = await listSessionRows(operator, { limit: 3 }, world.deps);
      const second = await listSessionRows(operator, { limit: 3, after: first.next ?? "" }, world.deps);

      expect([...first.rows, ...second.rows].map(({ id, figures }) => [id, figures.requests])).toEqual([
        ["s3", 3],
        ["s2", 3],
        ["s1", 3],
        ["s0", 3],
      ]);
      expect(second.next).toBeNull();
    });

    it("are found by what is rare in them, once each and in order, whatever else they did since", async () => {
      const session = (id: string, time: string, project: string) =>
        makeEvent({ ...at(`2026-11-${time}:00Z`), sessionId: id, project });
      await record([
        session("s1", "18T09:00", "rare"),
        session("s1", "20T09:00", "rare"),
        session("s1", "21T09:00", "website"),
        session("s2", "19T09:00", "rare"),
        session("s3", "21T10:00", "website"),
      ]);

      const first = await listSessionRows(operator, { project: "rare", limit: 1 }, world.deps);
      const second = await listSessionRows(operator, { project: "rare", after: first.next ?? "" }, world.deps);

      expect([...first.rows, ...second.rows].map(({ id, figures }) => [id, figures.requests])).toEqual([
        ["s1", 2],
        ["s2", 1],
      ]);
    });

    it("nest sub-agents under the agent that started them, each with its own cost, and add up to their requests", async () => {
      const session = { sessionId: "s1", ...at("2026-11-20T10:00:00Z") };
      await record([
        makeEvent({ ...session, costNanoUsd: "5", savedNanoUsd: "1" }),
        makeEvent({ ...session, agentId: "a1", costNanoUsd: "7", savedNanoUsd: "-2" }),
        makeEvent({ ...session, agentId: "a2", parentAgentId: "a1", costNanoUsd: "11", savedNanoUsd: "3" }),
        makeEvent({
          ...session,
          agentId: "a2",
          parentAgentId: "a1",
          costNanoUsd: null,
          savedNanoUsd: null,
          costs: null,
        }),
      ]);

      const [row] = (await listSessionRows(operator, {}, world.deps)).rows;

      expect(row?.figures).toMatchObject({ requests: 4, unpriced: 1, costNanoUsd: "23", savedNanoUsd: "2" });
      const [agent] = row?.root.agents ?? [];
      expect([agent?.agentId, agent?.figures.costNanoUsd]).toEqual(["a1", "7"]);
      expect(agent?.agents.map(({ agentId, figures }) => [agentId, figures.costNanoUsd, figures.requests])).toEqual([
        ["a2", "11", 2],
      ]);
      expect(row?.root.lanes[0]).toMatchObject({
        requested: "claude-opus-4-8",
        served: "claude-sonnet-5-5",
        isOverride: true,
      });
    });
  });
});
