import { expect, it, onTestFinished } from "vitest";
import { changeLimits } from "#control/limits/change.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

it("cco budgets lists what is left, raises one for a time, and names what is wrong with a raise", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const place = { CCO_DATA_DIR: world.deps.config.dataDir, CCO_CONFIG: world.deps.config.rulesFile };
  const owner = await world.person("owner");
  expect((await ccoHere(["budgets", "list"], place)).stderr).toContain("no budgets");
  const limits = { monthlyBudgetNanoUsd: 50_000_000_000 };
  await changeLimits(owner, { kind: "team", holder: "payments", ...limits }, world.deps);
  const now = Date.now();
  const cost = { costNanoUsd: "60000000000", baselineNanoUsd: "60000000000", savedNanoUsd: "0" };
  await world.record([
    pricedEvent({ team: "payments", decision: "pass", startedAtMs: now - 1, endedAtMs: now, ...cost }),
  ]);

  const spent = await ccoHere(["budgets", "list"], place);
  expect(spent.stdout).toContain("team:payments:dollars\tpayments\t$0.00 left of $50.00\t120.0%\tspent");
  const raised = await ccoHere(["budgets", "raise", "team:payments:dollars", "--by", "20.50"], place);
  expect([raised.code, raised.stdout]).toEqual([0, expect.stringMatching(/\$20\.50 larger until \d{4}-\d\d-\d\d/)]);
  const list = await ccoHere(["budgets", "list"], place);
  expect(list.stdout).toContain("$10.50 left of $70.50\t85.1%\tcannot be projected yet\t1 raise in force");
  const { budgets } = JSON.parse((await ccoHere(["budgets", "list", "--json"], place)).stdout);
  expect(budgets).toMatchObject([{ id: "team:payments:dollars", limitNanoUsd: "70500000000" }]);

  for (const by of ["0", "x", "1e30", "NaN", "-5"])
    expect((await ccoHere(["budgets", "raise", "team:payments:dollars", `--by=${by}`], place)).code, by).toBe(2);
  const unknown = await ccoHere(["budgets", "raise", "team:web:dollars", "--by", "1"], place);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("holder: This team has no budget")]);
  expect((await ccoHere(["budgets", "raise", "payments", "--by", "1"], place)).code).toBe(2);
});
