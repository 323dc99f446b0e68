import { describe, expect, it } from "vitest";
import { readActivityFacets } from "#control/activity/facets.ts";
import { readRequest } from "#control/activity/request.ts";
import { listRequests, liveRequests } from "#control/activity/requests.ts";
import { readActivitySeries } from "#control/activity/series.ts";
import { listSessionRows } from "#control/activity/sessions.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { revokeKey } from "#control/keys/revoke.ts";
import { operatorActor } from "#core/access/actor.ts";
import { rolesWith } from "#core/access/permissions.ts";
import { roles } from "#core/access/roles.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { onePersonPerRole } from "#tests/support/control-world.ts";
import { makeEvent, startedAt } from "#tests/support/make-event.ts";

const operator = operatorActor("test");
onBothDatabases((world) => {
  const listed = async (input: unknown) => (await listRequests(operator, input, world().deps)).rows.map(({ id }) => id);

  describe("the request list", () => {
    it("pages by key, newest first, without gap or repeat among requests of one millisecond", async () => {
      const same = startedAt("2026-11-20T10:00:00Z");
      const events = Array.from({ length: 7 }, (_, n) => makeEvent({ id: `evt_same_${n}`, ...same }));
      await world().record([...events, makeEvent({ id: "evt_new", ...startedAt("2026-11-21T10:00:00Z") })]);

      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page = await listRequests(operator, { limit: 3, ...(after ? { after } : {}) }, world().deps);
        seen.push(...page.rows.map(({ id }) => id));
        after = page.next;
      } while (after !== null);

      expect(seen).toEqual(["evt_new", ...events.map(({ id }) => id).reverse()]);
    });

    it("gives subscription traffic no payable saving, and marks its cost as plan value", async () => {
      const plan = { ...startedAt("2026-11-20T10:00:00Z"), billingMode: "subscription", savedNanoUsd: "5" } as const;
      await world().record([
        makeEvent({ id: "evt_plan", ...plan }),
        makeEvent({ ...plan, cache: "hit", avoidedNanoUsd: "7" }),
      ]);

      const { rows } = await listRequests(operator, {}, world().deps);

      const nothing = { isPlan: true, savedNanoUsd: "0", avoidedNanoUsd: "0" };
      expect(rows).toMatchObject([nothing, nothing]);
    });

    it("covers whole days of the reporting zone and excludes the end day", async () => {
      await writeSetting(world().deps.db, settingKey.reportingZone, "Asia/Kolkata", world().deps.now());
      await world().record([
        makeEvent({ id: "evt_before", ...startedAt("2026-11-19T18:29:59.999Z") }),
        makeEvent({ id: "evt_first", ...startedAt("2026-11-19T18:30:00Z") }),
        makeEvent({ id: "evt_last", ...startedAt("2026-11-20T18:29:59.999Z") }),
        makeEvent({ id: "evt_after", ...startedAt("2026-11-20T18:30:00Z") }),
      ]);
      const zone = (await listRequests(operator, {}, world().deps)).range.zone;

      const ids = await listed({ range: "2026-11-20..2026-11-21" });

      expect([zone, ids]).toEqual(["Asia/Kolkata", ["evt_last", "evt_first"]]);
    });

    it("applies every filter of its address, and the chart shows exactly those requests", async () => {
      const person = await world().person("viewer", "Vera");
      const base = { ...startedAt("2026-11-20T10:00:00Z"), project: "pay", personId: person.id, team: "core" };
      await world().record([
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
        makeEvent({ id: "evt_other", ...startedAt("2026-11-20T11:00:00Z"), decision: "pass" }),
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
        const { series } = await readActivitySeries(operator, input, world().deps);
        expect([input, await listed(input)]).toEqual([input, expected]);
        expect([input, series?.total.requests]).toEqual([input, expected.length]);
      }
      expect(await listed({ session: "s1" })).toEqual(["evt_over"]);
      expect((await readActivitySeries(operator, { session: "s1" }, world().deps)).series).toBeNull();
    });

    it("pages rare matches through quarter-hour spans without gap or repeat", async () => {
      const rare = Array.from({ length: 9 }, (_, n) =>
        makeEvent({
          id: `evt_rare_${n}`,
          ...startedAt(`2026-11-${String(17 + (n % 3))}T0${n}:1${n}:00Z`),
          project: "rare",
        }),
      );
      const often = Array.from({ length: 60 }, (_, n) =>
        makeEvent({ ...startedAt(`2026-11-${String(16 + (n % 6))}T${String(n % 24).padStart(2, "0")}:14:59.999Z`) }),
      );
      await world().record([...rare, ...often]);

      const seen: string[] = [];
      let after: string | null = null;
      do {
        const input: Record<string, unknown> = { project: "rare", limit: 2, ...(after ? { after } : {}) };
        const page = await listRequests(operator, input, world().deps);
        seen.push(...page.rows.map(({ id }) => id));
        after = page.next;
      } while (after !== null);

      const expected = [...rare].sort((a, b) => b.startedAtMs - a.startedAtMs).map(({ id }) => id);
      expect(seen).toEqual(expected);
    });

    it("distinguishes an empty installation from an empty range", async () => {
      expect((await listRequests(operator, {}, world().deps)).state).toBe("empty");

      await world().record([makeEvent(startedAt("2026-10-01T10:00:00Z"))]);

      expect((await listRequests(operator, {}, world().deps)).state).toBe("nothing");
    });

    it("refuses an invalid range, outcome and key", async () => {
      for (const input of [{ range: "yesterday-ish" }, { outcome: "odd" }, { after: "1;DROP" }, { limit: 1000 }])
        await expect(listRequests(operator, input, world().deps)).rejects.toMatchObject({ code: "request.invalid" });
    });
  });

  describe("visibility of requests", () => {
    it("shows all requests to roles that may read them, and to others only their own", async () => {
      const people = await onePersonPerRole(world());
      const seesAll = rolesWith("requests.read") as readonly string[];
      const time = startedAt("2026-11-20T10:00:00Z");
      await world().record(
        roles.map((role) => makeEvent({ id: `evt_${role}`, ...time, personId: people[role].id, sessionId: role })),
      );

      for (const role of roles) {
        const expected = seesAll.includes(role) ? roles.length : 1;
        const query = { person: people.owner.id };
        const all = await listRequests(people[role], {}, world().deps);
        const forced = await listRequests(people[role], query, world().deps);
        const { series } = await readActivitySeries(people[role], {}, world().deps);
        const sessions = await listSessionRows(people[role], {}, world().deps);
        const live = await liveRequests(people[role], {}, world().deps);

        expect([role, all.rows.length, sessions.rows.length, series?.total.requests]).toEqual([
          role,
          expected,
          expected,
          expected,
        ]);
        expect(forced.rows.map(({ id }) => id)).toEqual([expected === 1 ? `evt_${role}` : "evt_owner"]);
        expect(live.rows).toEqual([]);
        expect((await readActivityFacets(people[role], {}, world().deps)).person.length).toBe(expected);
      }
    });

    it("names a filtered person without requests in the range, but not to a developer", async () => {
      const [dora, olga] = [await world().person("developer", "dora"), await world().person("owner", "olga")];

      const asked = { person: olga.id };

      expect((await readActivityFacets(olga, asked, world().deps)).person).toContainEqual({
        id: olga.id,
        name: "olga",
      });
      expect((await readActivityFacets(dora, asked, world().deps)).person).toEqual([{ id: dora.id, name: "dora" }]);
    });

    it("names a developer's own name and own revoked key in a link of theirs, and no other person's key", async () => {
      const [dora, olga] = [await world().person("developer", "dora"), await world().person("owner", "olga")];
      const { deps } = world();
      const [own, foreign] = [
        await issueProxyKey(dora, { name: "Laptop" }, deps),
        await issueProxyKey(olga, { name: "CI" }, deps),
      ];
      await revokeKey(dora, own.key.id, deps);

      const facets = await readActivityFacets(dora, { person: dora.id, key: own.key.id }, deps);

      expect(facets.person).toEqual([{ id: dora.id, name: "dora" }]);
      expect(facets.key).toEqual([{ id: own.key.id, name: "Laptop" }]);
      expect((await readActivityFacets(dora, { key: foreign.key.id }, deps)).key).toEqual([]);
    });

    it("answers not-found to a developer for another person's request", async () => {
      const [dora, olga] = [await world().person("developer", "dora"), await world().person("owner", "olga")];
      await world().record([makeEvent({ id: "evt_olga", ...startedAt("2026-11-20T10:00:00Z"), personId: olga.id })]);

      const [theirs, none] = await Promise.all(
        ["evt_olga", "evt_none"].map((id) => readRequest(dora, id, world().deps).catch((problem: unknown) => problem)),
      );

      expect(theirs).toMatchObject({ code: "not-found" });
      expect(String(theirs)).toBe(String(none));
      expect((await readRequest(olga, "evt_olga", world().deps)).event.id).toBe("evt_olga");
    });
  });

  it("Live includes a long request that ends after newer ones were shown", async () => {
    const now = world().deps.now().getTime();
    const running = makeEvent({ id: "evt_long", startedAtMs: now - 600_000, endedAtMs: now + 3_000 });
    await world().record([makeEvent({ id: "evt_short", startedAtMs: now - 500, endedAtMs: now })]);

    const first = await liveRequests(operator, {}, world().deps);
    await world().record([running]);
    world().wait(4_000);
    const second = await liveRequests(operator, { since: first.until }, world().deps);

    expect(first.rows.map(({ id }) => id)).toEqual(["evt_short"]);
    expect(second.rows.map(({ id }) => id)).toEqual(["evt_short", "evt_long"]);
    expect(second.until).toBe(now + 3_000);
  });
});
