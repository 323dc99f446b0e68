// Long because each surface of one budget is compared with the others: list, raise, spenders, export.

import { expect, it } from "vitest";
import { listAuditEntries } from "#control/audit/list.ts";
import { exportBudgets } from "#control/budgets/export.ts";
import { type BudgetView, listBudgets } from "#control/budgets/list.ts";
import { endRaise, raiseBudget } from "#control/budgets/raise.ts";
import { readSpenders } from "#control/budgets/spenders.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { changeLimits, removeLimits } from "#control/limits/change.ts";
import { listLimits, listOwnLimits } from "#control/limits/list.ts";
import { findBudgetsLeft } from "#core/access/budgets-left.ts";
import { AppError } from "#core/errors.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { onePersonPerRole } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

/** The clock of the world stands at 22 November 2026, 12:00 UTC: a Sunday. */
const DAY_MS = 86_400_000;
const NOW_MS = Date.parse("2026-11-22T12:00:00Z");
const dollars = (count: number) => Math.round(count * 1e9);

const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (problem: unknown) => problem,
  );
  return error instanceof AppError ? { code: error.code, fields: error.details.fields } : error;
};

/** One request of these dollars, just before noon that number of days ago. */
const spent = (usd: number, daysAgo: number, fields: object = {}) => {
  const startedAtMs = NOW_MS - daysAgo * DAY_MS - 60_000;
  const cost = String(dollars(usd));
  const own = { costNanoUsd: cost, baselineNanoUsd: cost, savedNanoUsd: "0", decision: "pass" as const };
  return pricedEvent({ team: "payments", startedAtMs, endedAtMs: startedAtMs + 900, ...own, ...fields });
};

const find = (budgets: readonly BudgetView[], id: string) => budgets.find((budget) => budget.id === id);

onBothDatabases((world) => {
  it("lists what is left of each budget, day by day, and says that too few days cannot be projected", async () => {
    const { deps } = world();
    const { owner } = await onePersonPerRole(world());
    await changeLimits(owner, { kind: "team", holder: "payments", monthlyBudgetNanoUsd: dollars(100) }, deps);
    await changeLimits(owner, { kind: "project", holder: "checkout", monthlyPlanNanoUsd: dollars(8) }, deps);
    await world().record([
      spent(5, 40),
      spent(30, 3, { project: "checkout" }),
      spent(45.5, 1),
      spent(0.25, 0),
      spent(2, 0, { project: "checkout", billingMode: "subscription" }),
    ]);

    const { budgets, period, total } = await listBudgets(owner, deps);

    const days = { fromDay: "2026-11-01", toDay: "2026-12-01", today: "2026-11-22", nowShare: 0.5, zone: "UTC" };
    expect(period).toEqual(days);
    expect(budgets.map(({ id }) => id)).toEqual(["team:payments:dollars", "project:checkout:plan"]);
    const team = find(budgets, "team:payments:dollars");
    expect(team).toMatchObject({
      spentNanoUsd: String(dollars(75.75)),
      leftNanoUsd: String(dollars(24.25)),
      share: 0.7575,
      baseNanoUsd: String(dollars(100)),
      raises: [],
    });
    expect(team?.days).toHaveLength(22);
    expect(team?.days.filter(({ nanoUsd }) => nanoUsd !== "0")).toEqual([
      { day: "2026-11-19", nanoUsd: String(dollars(30)) },
      { day: "2026-11-21", nanoUsd: String(dollars(45.5)) },
      { day: "2026-11-22", nanoUsd: String(dollars(0.25)) },
    ]);
    // 30 and 45.5 are one step short of 75.75, of which the first step is 75.
    expect(team?.steps.map(({ percent, reachedDay }) => [percent, reachedDay])).toEqual([
      [75, "2026-11-21"],
      [95, null],
      [100, null],
    ]);
    expect(find(budgets, "project:checkout:plan")).toMatchObject({
      spentNanoUsd: String(dollars(2)),
      leftNanoUsd: String(dollars(6)),
      landing: { kind: "cannot-project", why: "too-few-days", daysKnown: 0, daysNeeded: 14 },
    });
    expect(find(budgets, "project:checkout:plan")?.steps.map(({ breach }) => breach.kind)).toEqual([
      "unknown",
      "unknown",
      "unknown",
    ]);
    expect(total.spentNanoUsd).toBe(String(dollars(75.75)));
  });

  it("projects from eight weeks of days: every weekday at its median, the day of the breach by name", async () => {
    const { deps } = world();
    const { owner } = await onePersonPerRole(world());
    await changeLimits(owner, { kind: "team", holder: "payments", monthlyBudgetNanoUsd: dollars(250) }, deps);
    // $10 a day for eight weeks, $20 on Mondays; one of them cost $500, outside of this month.
    const days = Array.from({ length: 56 }, (_, at) => at + 1);
    const isMonday = (daysAgo: number) => daysAgo % 7 === 6;
    await world().record(days.map((ago) => spent(ago === 27 ? 500 : isMonday(ago) ? 20 : 10, ago)));

    const { budgets } = await listBudgets(owner, deps);

    // 1 to 21 November: 21 days, three Mondays (2, 9, 16): $240. Left: Sunday 22 to Monday 30: nine days, two Mondays.
    const [team] = budgets;
    expect(team?.spentNanoUsd).toBe(String(dollars(240)));
    expect(team?.landing).toMatchObject({ kind: "projected", landsNanoUsd: String(dollars(240 + 90 + 20)) });
    expect(team?.steps.at(-1)?.breach).toMatchObject({ kind: "breaks", day: "2026-11-22" });
  });

  it("raises one budget for a time, which every surface counts, and which ends by the clock", async () => {
    const { deps } = world();
    const { owner, developer } = await onePersonPerRole(world());
    await changeLimits(owner, { kind: "person", holder: "*", monthlyBudgetNanoUsd: dollars(10) }, deps);
    await world().record([spent(12, 0, { personId: developer.id })]);
    const id = `person:${developer.id}:dollars`;
    const readLeft = async () => {
      const { budgets } = await listBudgets(owner, deps);
      const budget = find(budgets, id);
      const { applies } = await listOwnLimits(developer, deps);
      const [own] = applies.flatMap(({ limits, spent: used }) => findBudgetsLeft(limits, used));
      expect(String(own?.leftNanoUsd)).toBe(budget?.leftNanoUsd);
      return [budget?.limitNanoUsd, budget?.leftNanoUsd, budget?.raises.length];
    };
    expect(await readLeft()).toEqual([String(dollars(10)), "0", 0]);

    const target = { kind: "person", holder: developer.id };
    const { raise } = await raiseBudget(owner, { ...target, nanoUsd: dollars(20) }, deps);
    expect(raise).toMatchObject({ nanoUsd: String(dollars(20)), untilDay: "2026-11-30", by: owner.name });
    const second = await raiseBudget(owner, { ...target, nanoUsd: dollars(1), until: "2026-11-22" }, deps);
    expect(second.raise).toMatchObject({ untilDay: "2026-11-22", endsAt: "2026-11-23T00:00:00.000Z" });
    expect(await readLeft()).toEqual([String(dollars(31)), String(dollars(19)), 2]);
    const others = (await listBudgets(owner, deps)).budgets.filter((budget) => budget.id !== id);
    expect(others.every(({ raises }) => raises.length === 0)).toBe(true);

    world().wait(12 * 3_600_000);
    expect(await readLeft()).toEqual([String(dollars(30)), String(dollars(18)), 1]);
    await endRaise(owner, raise.id, deps);
    expect(await readLeft()).toEqual([String(dollars(10)), "0", 0]);
    expect(await refusal(endRaise(owner, raise.id, deps))).toMatchObject({ code: "not-found" });
    const { entries } = await listAuditEntries(owner, {}, deps);
    const raised = entries.filter(({ action }) => action.startsWith("budgets."));
    expect(raised.map(({ action }) => action)).toEqual(["budgets.end-raise", "budgets.raise", "budgets.raise"]);
    expect(raised.at(-1)?.after).toMatchObject({ name: developer.name, usd: "20.00", until: "2026-11-30" });
  });

  it("gives the organisation a budget of all requests, which can be raised and is taken away as it was set", async () => {
    const { deps } = world();
    const { owner, developer } = await onePersonPerRole(world());
    const limits = { monthlyBudgetNanoUsd: dollars(100) };
    await changeLimits(owner, { kind: "organisation", ...limits }, deps);
    await world().record([spent(30, 1), spent(12.5, 0, { team: null }), spent(7, 25)]);
    const readWhole = async () => find((await listBudgets(owner, deps)).budgets, "organisation:*:dollars");

    expect(await readWhole()).toMatchObject({ spentNanoUsd: String(dollars(42.5)), share: 0.425 });
    expect((await listBudgets(owner, deps)).total.spentNanoUsd).toBe(String(dollars(42.5)));
    await raiseBudget(owner, { kind: "organisation", holder: "*", nanoUsd: dollars(20) }, deps);
    expect(await readWhole()).toMatchObject({ limitNanoUsd: String(dollars(120)) });
    const { by } = await readSpenders(owner, { kind: "organisation", holder: "*" }, deps);
    expect(by[0]).toMatchObject({ group: "team", rows: [{ label: "payments" }, { label: "No team" }] });
    // Everybody is held by it, so everybody sees what is left of it.
    const { applies } = await listOwnLimits(developer, deps);
    expect(applies).toMatchObject([{ kind: "organisation", spent: { costNanoUsd: String(dollars(42.5)) } }]);
    expect((await listLimits(owner, deps)).organisation?.limits).toMatchObject(limits);

    const holder = (name: string) => changeLimits(owner, { kind: "organisation", holder: name, ...limits }, deps);
    expect(await refusal(holder("acme"))).toMatchObject({
      code: "request.invalid",
      fields: { holder: expect.anything() },
    });
    await removeLimits(owner, { kind: "organisation" }, deps);
    expect(await readWhole()).toBeUndefined();
    const { entries } = await listAuditEntries(owner, { action: "limits" }, deps);
    expect(entries[0]).toMatchObject({ action: "limits.remove", before: { name: "the organisation" } });
  });

  it("names the field of a raise that cannot be", async () => {
    const { deps } = world();
    const { owner, finance } = await onePersonPerRole(world());
    await changeLimits(owner, { kind: "team", holder: "payments", monthlyBudgetNanoUsd: dollars(100) }, deps);
    const team = { kind: "team", holder: "payments", nanoUsd: dollars(20) };
    const fields = async (input: object) => {
      const found = await refusal(raiseBudget(owner, input, deps));
      return Object.keys((found as { fields: object }).fields);
    };
    for (const nanoUsd of [0, -1, Number.NaN, 1e30, 1.5, "20", null, dollars(1_000_001)])
      expect(await fields({ ...team, nanoUsd })).toEqual(["nanoUsd"]);
    expect(await fields({ ...team, nanoUsd: dollars(999_950) })).toEqual(["nanoUsd"]);
    for (const until of ["2026-11-21", "2026-02-30", "tomorrow", "2027-12-01"])
      expect(await fields({ ...team, until })).toEqual(["until"]);
    expect(await fields({ ...team, holder: "web" })).toEqual(["holder"]);
    expect(await fields({ ...team, unit: "plan" })).toEqual(["holder"]);
    expect(await fields({ ...team, kind: "nation" })).toEqual(["kind"]);
    expect(await fields({ ...team, days: 3 })).toEqual(["days"]);
    expect(await refusal(raiseBudget(finance, team, deps))).toMatchObject({ code: "auth.forbidden" });
    // Reading is for those who read costs.
    expect((await listBudgets(finance, deps)).budgets).toHaveLength(1);
  });

  it("names who and what spent a budget, which adds up to what is spent", async () => {
    const { deps } = world();
    const { owner, developer, viewer } = await onePersonPerRole(world());
    await changeLimits(owner, { kind: "team", holder: "payments", monthlyBudgetNanoUsd: dollars(100) }, deps);
    await world().record([
      spent(5, 40, { personId: developer.id }),
      spent(3, 2, { personId: developer.id, project: "checkout" }),
      spent(4, 1, { personId: viewer.id, project: "ledger" }),
      spent(2, 0, { personId: developer.id, project: "ledger" }),
      spent(9, 0, { personId: viewer.id, team: "web" }),
    ]);

    const { by } = await readSpenders(owner, { kind: "team", holder: "payments" }, deps);

    const rows = Object.fromEntries(by.map(({ group, rows: found }) => [group, found]));
    expect(rows.person).toEqual([
      { key: developer.id, label: developer.name, nanoUsd: String(dollars(5)) },
      { key: viewer.id, label: viewer.name, nanoUsd: String(dollars(4)) },
    ]);
    expect(rows.project?.map(({ label, nanoUsd }) => [label, nanoUsd])).toEqual([
      ["ledger", String(dollars(6))],
      ["checkout", String(dollars(3))],
    ]);
    const sum = (group: string) => rows[group]?.reduce((all, { nanoUsd }) => all + BigInt(nanoUsd ?? 0), 0n);
    expect([sum("person"), sum("project"), sum("model")]).toEqual([9, 9, 9].map((usd) => BigInt(dollars(usd))));
  });

  it("exports the rows of the page as CSV, with an empty cell for what cannot be projected, and logs it", async () => {
    const { deps } = world();
    const { owner } = await onePersonPerRole(world());
    const limits = { monthlyBudgetNanoUsd: dollars(40) };
    const { key } = await issueProxyKey(owner, { name: "=ci-nightly", personId: null, ...limits }, deps);
    await raiseBudget(owner, { kind: "key", holder: key.id, nanoUsd: dollars(2) }, deps);
    await world().record([spent(41, 1, { proxyKeyId: key.id })]);

    const { fileName, lines } = await exportBudgets(owner, deps);

    expect(fileName).toBe("cco_budgets_2026-11-01_2026-12-01_UTC.csv");
    const [head, row, ...rest] = [...lines].map((line) => line.trimEnd().split(","));
    expect(rest).toEqual([]);
    const cells = Object.fromEntries((head ?? []).map((name, at) => [name, row?.[at]]));
    expect(cells).toMatchObject({
      kind: '"key"',
      name: `"'=ci-nightly"`,
      unit: '"dollars"',
      budget_usd: "40.000000000",
      budget_with_raises_usd: "42.000000000",
      raised_until: '"2026-11-30"',
      spent_usd: "41.000000000",
      left_usd: "1.000000000",
      lands_usd: "",
      breach: '"unknown"',
      breaks_on: "",
    });
    const { entries } = await listAuditEntries(owner, {}, deps);
    expect(entries[0]?.action).toBe("budgets.export");
  });
});
