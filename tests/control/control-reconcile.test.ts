import { expect, it } from "vitest";
import { importReport } from "#control/reconcile/import-report.ts";
import { readReconciliation } from "#control/reconcile/read.ts";
import { operatorActor } from "#core/access/actor.ts";
import { listAudit } from "#store/audit-list.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { fabricateBill } from "#tests/support/fabricated-bill.ts";

const operator = operatorActor("root");
const DAYS = ["2026-11-18", "2026-11-19"];
const bill = fabricateBill({
  seed: 7,
  days: DAYS,
  decimals: 2,
  plants: [
    { model: "claude-opus-4-8", prices: [5000n, 6250n, 500n, 25_000n], past: 2, batchesSeen: 1, batchesPast: 1 },
    { model: "claude-haiku-4-5", prices: [1000n, 1250n, 100n, 5000n], endings: [2000, -500] },
    { model: "claude-sonnet-5-5", prices: [4000n, 5000n, 400n, 20_000n], billedMilli: 900n },
  ],
});

const send = (world: ControlWorld, text: string, more: object = {}) =>
  importReport(operator, { text, name: "report.json", ...more }, world.deps);

onBothDatabases((world) => {
  it("imports both reports and explains each day to the cent", async () => {
    await world().record(bill.events);
    expect((await send(world(), bill.usageJson)).changedDays).toEqual(DAYS);
    world().wait(1000);
    expect((await send(world(), bill.costCsv, { name: "cost.csv" })).kind).toBe("cost");

    const view = await readReconciliation(operator, {}, world().deps);

    expect(view.days.map(({ day, hasUsage, hasCost }) => [day, hasUsage, hasCost])).toEqual(
      DAYS.map((day) => [day, true, true]),
    );
    expect(view.total.billedNanoUsd).toBe(String(bill.billedNanoUsd));
    expect(view.total.ledgerNanoUsd).toBe(String(bill.ledgerNanoUsd));
    expect(view.total.unexplainedNanoUsd).toBe("0");
    for (const cause of ["past", "batch", "price", "estimated"] as const) {
      const off = Number(BigInt(view.total.causes[cause]) - bill.planted[cause]);
      expect(Math.abs(off), cause).toBeLessThan(bill.costLines * 5_000_000);
      expect(bill.planted[cause], cause).not.toBe(0n);
    }
    expect(view.imports.map(({ kind, dayCount, actorName }) => [kind, dayCount, actorName])).toEqual([
      ["cost", 2, "root"],
      ["usage", 2, "root"],
    ]);
  });

  it("takes the same report twice without a change, and another of the same days only after confirmation", async () => {
    await send(world(), bill.costCsv);
    expect((await send(world(), bill.costCsv)).changedDays).toEqual([]);
    const [lastDay] = DAYS.slice(-1);
    const corrected = bill.costCsv.replace(new RegExp(`(${lastDay},claude-opus-4-8,.*?,output,)[\\d.]+`), "$19999.00");
    await expect(send(world(), corrected)).rejects.toMatchObject({
      code: "bills.overlap",
      details: { kind: "cost", days: [lastDay] },
    });
    const before = await readReconciliation(operator, {}, world().deps);
    expect(before.total.billedNanoUsd).toBe(String(bill.billedNanoUsd));

    const replaced = await send(world(), corrected, { replace: true });

    expect([replaced.changedDays, replaced.replacedDays]).toEqual([[lastDay], [lastDay]]);
    const after = await readReconciliation(operator, {}, world().deps);
    expect(BigInt(after.total.billedNanoUsd ?? 0)).toBeGreaterThan(9_000_000_000_000n);
    const { length } = (await listAudit(world().deps.db, {}, 50)).filter(({ action }) => action === "bills.import");
    expect(length).toBe(2);
  });

  it("refuses a bad report with its places, and the last good one stays", async () => {
    await send(world(), bill.costJson);
    await expect(send(world(), bill.costJson.replace('"USD"', '"EUR"'), { replace: true })).rejects.toMatchObject({
      code: "bills.invalid",
      details: { problems: [{ place: "data[0].results[0].currency" }] },
    });
    expect((await readReconciliation(operator, {}, world().deps)).total.billedNanoUsd).toBe(String(bill.billedNanoUsd));
  });

  it("leaves out days that are not over", async () => {
    const csv = (day: string) =>
      `usage_date_utc,model,token_type,cost_usd\n2026-11-21,claude-opus-5-5,output,1.00\n${day},claude-opus-5-5,output,1.00\n`;
    expect(await send(world(), csv("2026-11-22"))).toMatchObject({ days: ["2026-11-21"], openDays: ["2026-11-22"] });
    await expect(
      send(world(), "usage_date_utc,model,token_type,cost_usd\n2026-11-22,a,output,1\n"),
    ).rejects.toMatchObject({ code: "bills.invalid" });
  });

  it("lets finance import, and no viewer; both read", async () => {
    const [finance, viewer] = [await world().person("finance"), await world().person("viewer")];
    await expect(importReport(viewer, { text: bill.costJson }, world().deps)).rejects.toMatchObject({
      code: "auth.forbidden",
    });
    await importReport(finance, { text: bill.costJson }, world().deps);
    expect((await readReconciliation(viewer, {}, world().deps)).days).toHaveLength(2);
  });
});
