import fc from "fast-check";
import { expect, it } from "vitest";
import { correctCosts } from "#control/corrections/correct.ts";
import { readCostTable } from "#control/costs/table.ts";
import { readWhatChanged } from "#control/costs/what-changed.ts";
import { savePrices } from "#control/prices/change.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const operator = operatorActor("root");
const models = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"];
const DAY_MS = 86_400_000;
const END_MS = Date.parse("2026-11-22T00:00:00Z");

let ids = 0;
function request(agoDays: number, fields: Partial<RequestEvent> = {}): RequestEvent {
  ids += 1;
  const startedAtMs = END_MS - agoDays * DAY_MS + 3_600_000;
  const model = fields.requestedModel ?? "claude-opus-5-5";
  const usage = fields.usage ?? { ...emptyUsage(), inputTokens: 1_000 };
  const own = { requestedModel: model, servedModel: model, decision: "pass", ...fields, usage } as const;
  return pricedEvent({ id: `changed-${ids}`, startedAtMs, endedAtMs: startedAtMs + 900, ...own });
}

const anyRequest = fc
  .record({
    agoDays: fc.integer({ min: 1, max: 14 }),
    requestedModel: fc.constantFrom(...models),
    servedModel: fc.constantFrom(...models),
    personId: fc.constantFrom(null, "per_1", "per_2"),
    sessionId: fc.constantFrom(null, "s_1", "s_2", "s_3"),
    clientVersion: fc.constantFrom(null, "2.1.79", "2.1.84"),
    humanTurn: fc.boolean(),
    cacheCause: fc.constantFrom(null, "first" as const, "tools" as const),
    billingMode: fc.constantFrom("metered" as const, "metered" as const, "subscription" as const),
    endpoint: fc.constantFrom("messages" as const, "batches" as const),
    inputTokens: fc.nat(90_000),
    cacheWrite5mTokens: fc.nat(90_000),
    cacheReadTokens: fc.nat(900_000),
    outputTokens: fc.nat(9_000),
  })
  .map(({ agoDays, inputTokens, cacheWrite5mTokens, cacheReadTokens, outputTokens, ...fields }) => {
    const usage = { ...emptyUsage(), inputTokens, cacheWrite5mTokens, cacheReadTokens, outputTokens };
    const decision = fields.requestedModel === fields.servedModel ? "pass" : "override";
    return request(agoDays, { ...fields, decision, usage } as Partial<RequestEvent>);
  });

onBothDatabases((world) => {
  it("adds up to the difference of the amounts of the page Costs, to the nano-dollar", async () => {
    const events = fc.sample(fc.array(anyRequest, { minLength: 120, maxLength: 160 }), 1)[0] ?? [];
    await world().record(events);
    const toml = '[[multiplier]]\nfrom = "2026-11-01"\nfactor = "0.913"\n';
    await savePrices(operator, { toml, comment: "", basedOn: null }, world().deps);
    await correctCosts(operator, { range: "2026-11-10..2026-11-12" }, world().deps);

    for (const input of [{ range: "2026-11-15..2026-11-22" }, { range: "2026-11-18..2026-11-22" }, { range: "30d" }]) {
      const { total, previousTotalCostNanoUsd } = await readCostTable(operator, "day", input, world().deps);
      const changed = await readWhatChanged(operator, input, world().deps);
      expect([changed.costNanoUsd, changed.previousCostNanoUsd]).toEqual([
        total.costNanoUsd,
        previousTotalCostNanoUsd ?? "0",
      ]);
      const sum = changed.lines.reduce((all, { nanoUsd }) => all + BigInt(nanoUsd), 0n);
      expect(sum).toBe(BigInt(total.costNanoUsd ?? 0) - BigInt(previousTotalCostNanoUsd ?? 0));
      expect(`${sum}`).toBe(changed.differenceNanoUsd);
    }
  });

  it("names one outlying session with its part, and counts no subscription", async () => {
    const days = [...Array(14).keys()].map((at) => at + 1);
    const usual = days.flatMap((ago) =>
      [0, 1].map((at) => request(ago, { sessionId: `s_${ago}_${at}`, personId: "per_1" })),
    );
    const even = days.flatMap((ago) =>
      [2, 3].map((at) => request(ago, { sessionId: `s_${ago}_${at}`, personId: "per_1" })),
    );
    const usage = { ...emptyUsage(), inputTokens: 50_000 };
    const large = request(2, { sessionId: "s_large", personId: "per_1", usage });
    await world().record([...usual, ...even, large, request(3, { billingMode: "subscription", personId: "per_2" })]);

    const input = { range: "2026-11-15..2026-11-22" };
    const { lines, leftOut } = await readWhatChanged(operator, input, world().deps);
    expect(leftOut).toBeNull();
    const changes = lines.filter(({ nanoUsd }) => nanoUsd !== "0");
    expect(changes).toMatchObject([{ name: "outlier", session: "s_large", nanoUsd: large.costNanoUsd }]);
  });

  it("is for people who may read costs", async () => {
    const developer = await world().person("developer");
    await expect(readWhatChanged(developer, {}, world().deps)).rejects.toMatchObject({ code: "auth.forbidden" });
  });
});
