import { expect, it, onTestFinished } from "vitest";
import { changeAlert } from "#control/alerts/change.ts";
import { lookAtAlerts } from "#control/alerts/look.ts";
import { ccoHere } from "./support/cco-here.ts";
import { makeControlWorld } from "./support/control-world.ts";
import { pricedEvent } from "./support/priced-event.ts";

it("cco alerts says what is beyond its bound without firing, and what fires in the figures of the last look", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const { deps } = world;
  const admin = await world.person("admin");
  const place = { CCO_DATA_DIR: deps.config.dataDir, CCO_CONFIG: deps.config.rulesFile };
  const askUnpriced = () => {
    const endedAtMs = deps.now().getTime() - 60_000;
    const model = "mythos-preview";
    return world.record([
      pricedEvent({ startedAtMs: endedAtMs - 900, endedAtMs, requestedModel: model, servedModel: model }),
    ]);
  };
  const look = async () => {
    world.wait(30_000);
    expect(await lookAtAlerts(deps)).toBe(true);
  };
  await changeAlert(admin, "unpriced-model", { holdS: 30 }, deps);
  await askUnpriced();
  await look();

  const waiting = await ccoHere(["alerts", "list"], place);
  const none = await ccoHere(["alerts", "firing"], place);
  await look();
  await askUnpriced();
  await look();
  const firing = await ccoHere(["alerts", "firing"], place);

  const at = "2026-11-22T12:01:00.000Z";
  expect(waiting.stdout).toContain(`unpriced-model\tbeyond its bound, may fire ${at}\tUnpriced model\t1 request of`);
  expect([none.code, none.stdout]).toEqual([0, ""]);
  expect(none.stderr).toContain("nothing fires; 1 alert beyond the bound without firing: cco alerts list");
  expect([firing.code, firing.stdout]).toEqual([1, expect.stringContaining(`${at}\t2 requests of mythos-preview`)]);
});
