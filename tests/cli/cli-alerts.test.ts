import { expect, it, onTestFinished } from "vitest";
import { changeAlert } from "#control/alerts/change.ts";
import { addChannel } from "#control/alerts/channels.ts";
import { lookAtAlerts } from "#control/alerts/look.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

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

it("cco alerts channels names a channel that receives no alert, until it is chosen", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const { deps } = world;
  deps.config.alerts = { smtpUrl: null, smtpFrom: "", hosts: ["127.0.0.1"] };
  const admin = await world.person("admin");
  const place = { CCO_DATA_DIR: deps.config.dataDir, CCO_CONFIG: deps.config.rulesFile };
  const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url: "http://127.0.0.1:9/" }, deps);

  const before = await ccoHere(["alerts", "channels"], place);
  await changeAlert(admin, "budget", { channels: [channel.id] }, deps);
  const after = await ccoHere(["alerts", "channels"], place);

  expect(before.stderr).toContain(`${channel.id} (Ops) receives no alert: choose it in the alerts it is for`);
  expect(after.stderr).not.toContain("receives no alert");
});
