import { expect, it, onTestFinished } from "vitest";
import { closeMonth } from "#control/months/close.ts";
import { operatorActor } from "#core/access/actor.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const at = (day: string) => ({
  startedAtMs: Date.parse(`${day}T10:00:00Z`),
  endedAtMs: Date.parse(`${day}T10:00:01Z`),
});

it("cco cost monthly says which months are closed and at what, and changed why a range costs more", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const env = { CCO_DATA_DIR: world.deps.config.dataDir, HOME: world.deps.config.dataDir };
  const cost = (...args: string[]) => ccoHere(["cost", ...args], env);
  const [first, second, late] = [
    pricedEvent({ ...at("2026-09-03"), id: "evt_1" }),
    pricedEvent({ ...at("2026-10-02"), id: "evt_2" }),
    pricedEvent({ ...at("2026-10-05"), id: "evt_3" }),
  ];
  await world.record([first, second]);
  await closeMonth(operatorActor("root"), { month: "2026-09" }, world.deps);
  await world.record([late]);

  const monthly = await cost("monthly", "--from", "2026-09-01", "--to", "2026-11-01");
  const [head, september, october] = monthly.stdout.split("\n");
  expect(head).toMatch(/\tstate\tclosed at$/);
  expect(september).toMatch(/^2026-09\t.*\tclosed\t\$\d/);
  expect(october).toMatch(/^2026-10\t.*\topen\t$/);
  // The other groupings have no such columns.
  expect((await cost("daily", "--from", "2026-09-01", "--to", "2026-11-01")).stdout).not.toContain("closed at");

  const changed = JSON.parse((await cost("changed", "--from", "2026-10-01", "--to", "2026-11-01", "--json")).stdout);
  const sumCost = ({ costNanoUsd }: { costNanoUsd: string | null }) => BigInt(costNanoUsd ?? 0);
  expect(changed).toMatchObject({
    costNanoUsd: `${sumCost(second) + sumCost(late)}`,
    previousCostNanoUsd: `${sumCost(first)}`,
  });
  const sum = changed.lines.reduce((all: bigint, line: { nanoUsd: string }) => all + BigInt(line.nanoUsd), 0n);
  expect(sum).toBe(sumCost(second) + sumCost(late) - sumCost(first));
  const words = await cost("changed", "--from", "2026-10-01", "--to", "2026-11-01");
  expect(words.stdout).toContain("Requests");
  expect(words.stderr).toContain("the lines add up to +$");
});
