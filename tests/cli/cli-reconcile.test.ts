import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { fabricateBill } from "#tests/support/fabricated-bill.ts";

it("cco cost reconcile imports reports, shows each day with its causes, and fails above the tolerance", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const place = { CCO_DATA_DIR: world.deps.config.dataDir, CCO_CONFIG: world.deps.config.rulesFile };
  const folder = mkdtempSync(join(tmpdir(), "cco-cli-reconcile-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bill = fabricateBill({
    seed: 3,
    days: ["2026-11-18", "2026-11-19"],
    decimals: 9,
    plants: [{ model: "claude-opus-4-8", prices: [5000n, 6250n, 500n, 25_000n], past: 1 }],
  });
  await world.record(bill.events);
  const [usage, cost, wrong] = ["usage.json", "cost.csv", "wrong.csv"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(usage, bill.usageJson);
  writeFileSync(cost, bill.costCsv);
  const more = bill.costCsv.replace(/(2026-11-18,claude-opus-4-8,.*,output,)[\d.]+/, "$1999.0");
  writeFileSync(wrong, `${bill.costCsv}${bill.costCsv.split("\n")[1]}\n`);

  const bad = await ccoHere(["cost", "reconcile", wrong], place);
  expect([bad.code, bad.stdout]).toEqual([3, ""]);
  expect(bad.stderr).toContain(`${wrong}: The report was not imported: line 10: stands twice`);

  const good = await ccoHere(["cost", "reconcile", usage, cost, "--tolerance", "0"], place);
  expect(good.code, good.stderr).toBe(0);
  const cell = (amount: bigint) => (Number(amount) / 1e9).toFixed(4);
  const total =
    good.stdout
      .split("\n")
      .find((line) => line.startsWith("total"))
      ?.split("\t") ?? [];
  expect(total.slice(1, 3)).toEqual([cell(bill.billedNanoUsd), cell(bill.ledgerNanoUsd)]);
  expect(total[9]).toBe(cell(bill.planted.past));
  expect(good.stderr).toContain("past: traffic that went past CCO");

  writeFileSync(cost, more);
  const overlap = await ccoHere(["cost", "reconcile", cost], place);
  expect(overlap.code).toBe(5);
  expect(overlap.stderr).toContain("2026-11-18: --replace puts this report in their place");
  const none = await ccoHere(["cost", "reconcile", "--from", "2026-11-01", "--to", "2026-11-02", "--json"], place);
  expect(JSON.parse(none.stdout)).toMatchObject({ schema_version: 1, imported: [], days: [] });
  expect((await ccoHere(["cost", "reconcile", "--tolerance", "lots"], place)).code).toBe(2);
});

it("cco cost reconcile ends with 1 where more is unexplained than the tolerance, or a row is not known in money", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const place = { CCO_DATA_DIR: world.deps.config.dataDir, CCO_CONFIG: world.deps.config.rulesFile };
  const folder = mkdtempSync(join(tmpdir(), "cco-cli-reconcile-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const plant = { model: "claude-opus-4-8", prices: [5000n, 6250n, 500n, 25_000n] } as const;
  const bill = fabricateBill({ seed: 4, days: ["2026-11-18"], decimals: 2, plants: [plant] });
  await world.record(bill.events);
  const cost = join(folder, "cost.csv");
  const usage = join(folder, "usage.json");
  // One line of the bill is a dollar above what was recorded. Without a usage report none of that is certain.
  const [, , , , line = ""] = bill.costCsv.split("\n");
  const cells = line.split(",");
  cells[7] = (Number(cells[7]) + 1).toFixed(2);
  writeFileSync(cost, bill.costCsv.replace(line, cells.join(",")));
  writeFileSync(usage, bill.usageJson.replaceAll("claude-opus-4-8", "claude-never-seen"));

  const share = 100 / (Number(bill.billedNanoUsd) / 1e9 + 1);
  const below = await ccoHere(["cost", "reconcile", cost, "--tolerance", (share - 0.1).toFixed(4), "--json"], place);
  expect([below.code, JSON.parse(below.stdout).passed]).toEqual([1, false]);
  const above = await ccoHere(["cost", "reconcile", cost, "--tolerance", (share + 0.1).toFixed(4), "--json"], place);
  expect([above.code, JSON.parse(above.stdout).passed]).toEqual([0, true]);

  const other = await makeControlWorld();
  onTestFinished(() => other.end());
  const there = { CCO_DATA_DIR: other.deps.config.dataDir, CCO_CONFIG: other.deps.config.rulesFile };
  expect((await ccoHere(["cost", "reconcile", usage, "--tolerance", "100"], there)).code).toBe(1);
});
