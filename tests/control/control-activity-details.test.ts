import { describe, expect, it } from "vitest";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { readRequest } from "#control/activity/request.ts";
import { listSessionRows } from "#control/activity/sessions.ts";
import { operatorActor } from "#core/access/actor.ts";
import { priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { makeEvent, startedAt } from "#tests/support/make-event.ts";

const operator = operatorActor("test");
onBothDatabases((world) => {
  describe("request details", () => {
    it("name the deciding rule, its version and the edits, and split the baseline to the nano-dollar", async () => {
      const toml = `[[rule]]\nfrom = "claude-haiku-4-5"\nto = "claude-haiku-5-5"\n\n[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-sonnet-5-5"\nnote = "Pilot"\nwhen = { project = "pay" }\n`;
      await world().publish(toml, new Date("2026-11-01T00:00:00Z"));
      const usage = {
        ...emptyUsage(),
        inputTokens: 7,
        cacheReadTokens: 1000,
        cacheWrite1hTokens: 11,
        outputTokens: 13,
      };
      const models = { requested: "claude-opus-5-5", served: "claude-sonnet-5-5" };
      const time = startedAt("2026-11-20T10:00:00Z");
      const context = { serviceTier: "standard", speed: null, inferenceGeo: null };
      const priced = priceRequest({ ...models, usage, context, atMs: time.startedAtMs }, world().deps.config.catalogue);
      const parsed = parseOverridesToml(toml, {
        catalogue: world().deps.config.catalogue,
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
      await world().record([makeEvent({ id: "evt_1", ...time, ...event })]);

      const detail = await readRequest(operator, "evt_1", world().deps);

      expect(detail.why).toBe("Rule 2 of v1 (Pilot) matched: opus-5-5 is served by sonnet-5-5 (only for project pay).");
      expect(detail.rule).toMatchObject({ place: 2, line: 5, version: 1 });
      expect(detail.edits.map(({ sentence }) => sentence)).toEqual([
        "The model's name was replaced by sonnet-5-5.",
        "The longest answer allowed was lowered to what sonnet-5-5 takes.",
      ]);
      const parts = Object.values(detail.baselineCosts ?? {}).reduce((sum, part) => sum + BigInt(part), 0n);
      expect(parts.toString()).toBe(money.baselineNanoUsd);
    });

    it("omit the parts of a baseline that today's prices do not add up to", async () => {
      await world().record([
        makeEvent({ id: "evt_old", ...startedAt("2026-11-20T10:00:00Z"), baselineNanoUsd: "40550001" }),
      ]);

      expect((await readRequest(operator, "evt_old", world().deps)).baselineCosts).toBeNull();
    });

    it("list the parts of a bill with amounts that add up to the cost, and without any where they do not", async () => {
      const atMs = startedAt("2026-11-20T10:00:00Z");
      const parts = [
        ["message", "claude-opus-5-5", 4_000, 0, 0, 100, 12, 0, 0],
        ["fallback_message", "claude-haiku-5-5", 4_000, 0, 0, 0, 80, 0, 0],
      ];
      // opus-5-5: $4 and $20 a million, cache reads at a twentieth; haiku-5-5: $0.10 and $0.50.
      const costs = [4_000n * 4_000n + 100n * 200n + 12n * 20_000n, 4_000n * 100n + 80n * 500n];
      const costNanoUsd = costs.reduce((sum, cost) => sum + cost, 0n).toString();
      const usageParts = JSON.stringify(parts);
      await world().record([
        makeEvent({ id: "evt_parts", ...atMs, usageParts, costNanoUsd }),
        makeEvent({ id: "evt_other", ...atMs, usageParts, costNanoUsd: "1" }),
      ]);

      const bill = async (id: string) => (await readRequest(operator, id, world().deps)).bill;
      expect(await bill("evt_parts")).toEqual([
        {
          ...{ kind: "message", model: "claude-opus-5-5", promptTokens: 4_100, outputTokens: 12 },
          costNanoUsd: String(costs[0]),
        },
        {
          ...{ kind: "fallback_message", model: "claude-haiku-5-5", promptTokens: 4_000, outputTokens: 80 },
          costNanoUsd: String(costs[1]),
        },
      ]);
      expect((await bill("evt_other")).map((part) => part.costNanoUsd)).toEqual([null, null]);
    });

    it("say that a session keeps its decision, and which newer version it does not follow", async () => {
      for (const day of ["01", "20"]) await world().publish(`# ${day}\n`, new Date(`2026-11-${day}T10:00:00Z`));
      const session = { sessionId: "s1", ruleVersion: 1 };
      await world().record([
        makeEvent({ id: "evt_first", ...startedAt("2026-11-20T09:00:00Z"), ...session }),
        makeEvent({ id: "evt_later", ...startedAt("2026-11-20T11:00:00Z"), ...session }),
      ]);

      expect((await readRequest(operator, "evt_first", world().deps)).pinned).toBeNull();
      expect((await readRequest(operator, "evt_later", world().deps)).pinned).toMatch(
        /^v2 was live by then; .*keeps its decision/,
      );
    });
  });

  describe("the session list", () => {
    it("has one row per session, last used first, paged without gap or repeat", async () => {
      const events = Array.from({ length: 12 }, (_, n) =>
        makeEvent({ ...startedAt(`2026-11-20T10:${String(10 + n)}:00Z`), sessionId: `s${n % 4}` }),
      );
      await world().record([...events, makeEvent({ ...startedAt("2026-11-20T12:00:00Z"), sessionId: null })]);

      const first = await listSessionRows(operator, { limit: 3 }, world().deps);
      const second = await listSessionRows(operator, { limit: 3, after: first.next ?? "" }, world().deps);

      expect([...first.rows, ...second.rows].map(({ id, figures }) => [id, figures.requests])).toEqual([
        ["s3", 3],
        ["s2", 3],
        ["s1", 3],
        ["s0", 3],
      ]);
      expect(second.next).toBeNull();
    });

    it("finds sessions by a rare value, once each and in order", async () => {
      const session = (id: string, time: string, project: string) =>
        makeEvent({ ...startedAt(`2026-11-${time}:00Z`), sessionId: id, project });
      await world().record([
        session("s1", "18T09:00", "rare"),
        session("s1", "20T09:00", "rare"),
        session("s1", "21T09:00", "website"),
        session("s2", "19T09:00", "rare"),
        session("s3", "21T10:00", "website"),
      ]);

      const first = await listSessionRows(operator, { project: "rare", limit: 1 }, world().deps);
      const second = await listSessionRows(operator, { project: "rare", after: first.next ?? "" }, world().deps);

      expect([...first.rows, ...second.rows].map(({ id, figures }) => [id, figures.requests])).toEqual([
        ["s1", 2],
        ["s2", 1],
      ]);
    });

    it("nests sub-agents under their parent, with costs that add up to their requests", async () => {
      const session = { sessionId: "s1", ...startedAt("2026-11-20T10:00:00Z") };
      await world().record([
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

      const [row] = (await listSessionRows(operator, {}, world().deps)).rows;

      expect(row?.figures).toMatchObject({ requests: 4, unpriced: 1, costNanoUsd: "23", savedNanoUsd: "2" });
      const [agent] = row?.root.agents ?? [];
      expect([agent?.agentId, agent?.figures.costNanoUsd]).toEqual(["a1", "7"]);
      expect(agent?.agents.map(({ agentId, figures }) => [agentId, figures.costNanoUsd, figures.requests])).toEqual([
        ["a2", "11", 2],
      ]);
      expect(row?.root.allotments[0]).toMatchObject({
        requested: "claude-opus-4-8",
        served: "claude-sonnet-5-5",
        isOverride: true,
      });
    });
  });
});
