// Long because a month is followed from under way to closed, and through everything that comes later, on both databases.

import { expect, it } from "vitest";
import { correctCosts } from "#control/corrections/correct.ts";
import { exportCosts } from "#control/costs/export.ts";
import { readCostTable } from "#control/costs/table.ts";
import { closeMonth, reopenMonth } from "#control/months/close.ts";
import { readMonth } from "#control/months/read.ts";
import { savePrices } from "#control/prices/change.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { monthSentence } from "#core/costs/month.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const operator = operatorActor("root");
const OPUS = "claude-opus-5-5";
/** A thousand input tokens of Opus 5.5 by the list. */
const COST = 4_000_000n;
const HALF = `[[discount]]\nmodel = "${OPUS}"\nfrom = "2026-10-01"\npercent = "50"\n`;
const OCTOBER = { month: "2026-10" };

let ids = 0;
function request(at: string, fields: Partial<RequestEvent> = {}): RequestEvent {
  const startedAtMs = Date.parse(at);
  ids += 1;
  return pricedEvent({
    id: `month-${ids}`,
    requestedModel: OPUS,
    servedModel: OPUS,
    decision: "pass",
    usage: { ...emptyUsage(), inputTokens: 1_000 },
    startedAtMs,
    endedAtMs: startedAtMs + 900,
    ...fields,
  });
}

onBothDatabases((world) => {
  it("keeps a closed month's amounts, and names by kind what came later, to the nano-dollar", async () => {
    await world().record([
      request("2026-10-01T00:00:00Z"),
      request("2026-10-31T23:59:59Z"),
      request("2026-11-01T00:00:00Z"),
      request("2026-10-15T12:00:00Z", { billingMode: "subscription" }),
    ]);
    expect(await readMonth(operator, OCTOBER, world().deps)).toMatchObject({
      label: "October 2026",
      state: "open",
      now: { costNanoUsd: `${2n * COST}`, planValueNanoUsd: `${COST}`, requests: 3 },
      close: null,
    });
    const fina = await world().person("finance", "Fina");
    const closed = await closeMonth(fina, { ...OCTOBER, comment: "paid" }, world().deps);
    expect(monthSentence(closed)).toMatch(/^October 2026 closed by Fina on 22 Nov 2026, \$0\.0080, prices \S+$/);

    await savePrices(operator, { toml: HALF, comment: "", basedOn: null }, world().deps);
    await correctCosts(operator, { range: "2026-10-01..2026-10-02" }, world().deps);
    await world().record([
      request("2026-10-20T12:00:00Z"),
      request("2026-10-20T12:00:00Z", { endpoint: "batches", costNanoUsd: "70", billingMode: "metered" }),
      request("2026-10-20T12:00:00Z", { endpoint: "batches", costNanoUsd: "5", billingMode: "subscription" }),
      request("2026-10-21T12:00:00Z", { endpoint: "count_tokens", costNanoUsd: null, usageState: "none" }),
    ]);
    const later = await readMonth(operator, OCTOBER, world().deps);
    expect(later).toMatchObject({
      state: "closed",
      close: { costNanoUsd: `${2n * COST}`, actorName: "Fina", comment: "paid", requests: 3 },
      now: { costNanoUsd: `${2n * COST - COST / 2n + COST + 70n}`, requests: 6 },
      since: {
        corrections: { count: 1, nanoUsd: `${-COST / 2n}`, planNanoUsd: "0" },
        batches: { count: 2, nanoUsd: "70", planNanoUsd: "5" },
        late: { count: 1, nanoUsd: `${COST}` },
        nanoUsd: `${COST / 2n + 70n}`,
        planNanoUsd: "5",
      },
    });
    expect(monthSentence(later)).toMatch(/; 1 correction, 2 batch results, 1 late request since$/);
  });

  it("is closed once, after its end, at the cost that was seen, by people who may", async () => {
    await world().record([request("2026-10-10T12:00:00Z")]);
    const close = (more: object = {}) => closeMonth(operator, { ...OCTOBER, ...more }, world().deps);
    await expect(closeMonth(operator, { month: "2026-11" }, world().deps)).rejects.toMatchObject({
      code: "months.not-over",
    });
    await expect(close({ costNanoUsd: "1" })).rejects.toMatchObject({ code: "changed-meanwhile" });
    await expect(closeMonth(await world().person("viewer"), OCTOBER, world().deps)).rejects.toMatchObject({
      code: "auth.forbidden",
    });
    await expect(close({ month: "2026-13" })).rejects.toMatchObject({ code: "request.invalid" });
    await close({ costNanoUsd: `${COST}` });
    await expect(close()).rejects.toMatchObject({ code: "changed-meanwhile" });

    const opened = await reopenMonth(operator, { ...OCTOBER, comment: "too early" }, world().deps);
    expect(opened).toMatchObject({ state: "open", close: null, history: [{ reopened: { comment: "too early" } }] });
    await expect(reopenMonth(operator, OCTOBER, world().deps)).rejects.toMatchObject({ code: "changed-meanwhile" });
    await world().record([request("2026-10-11T12:00:00Z")]);
    expect(await close()).toMatchObject({ close: { costNanoUsd: `${2n * COST}` }, since: { nanoUsd: "0" } });
    const entries = await world().deps.db.auditEntry.findMany({ orderBy: { id: "asc" } });
    expect(entries.map(({ action, objectId }) => [action, objectId])).toEqual([
      ["costs.close", "2026-10"],
      ["costs.reopen", "2026-10"],
      ["costs.close", "2026-10"],
    ]);
  });

  it("stays the same instants when the reporting zone changes", async () => {
    await world().record([request("2026-10-01T00:30:00Z"), request("2026-10-31T23:30:00Z")]);
    await closeMonth(operator, OCTOBER, world().deps);
    // The days of another zone: the first request was in September there.
    await writeSetting(world().deps.db, settingKey.dayZone, "America/New_York", world().deps.now());
    const { now, since, zone } = await readMonth(operator, OCTOBER, world().deps);
    expect([now.costNanoUsd, since?.nanoUsd, zone]).toEqual([`${2n * COST}`, "0", "UTC"]);
  });

  it("is said by the rows of months, in the table and in the file", async () => {
    await world().record([request("2026-10-10T12:00:00Z"), request("2026-11-10T12:00:00Z")]);
    await closeMonth(operator, OCTOBER, world().deps);
    await world().record([request("2026-10-12T12:00:00Z")]);
    const query = { range: "2026-10-01..2026-12-01", group: "month", cmp: "none" };
    const { rows } = await readCostTable(operator, "month", query, world().deps);
    expect(rows.map(({ key, month }) => [key, month?.state, month?.closedNanoUsd])).toEqual([
      ["2026-10", "closed", `${COST}`],
      ["2026-11", "under way", null],
    ]);
    const [head = "", october = "", november = ""] = [...(await exportCosts(operator, query, world().deps)).lines];
    expect(head).toMatch(/,month_state,closed_cost_usd\s*$/);
    expect(october).toMatch(/,"closed",0\.004000000\s*$/);
    expect(november).toMatch(/,"under way",\s*$/);
  });

  it("is compared with the month before by weekday, whole days only", async () => {
    // 22 November is a Sunday, the fourth of its month, under way; October has its own four Sundays.
    await world().record([
      request("2026-10-02T12:00:00Z"), // the first Friday
      request("2026-10-30T12:00:00Z"), // the fifth, beside none
      request("2026-11-06T12:00:00Z"), // the first Friday
      request("2026-11-20T12:00:00Z"), // the third
      request("2026-11-22T10:00:00Z"), // today
    ]);
    const { compared } = await readMonth(operator, { month: "2026-11" }, world().deps);
    expect(compared).toMatchObject({ days: 21, costNanoUsd: `${2n * COST}`, previousCostNanoUsd: `${COST}` });
  });
});
