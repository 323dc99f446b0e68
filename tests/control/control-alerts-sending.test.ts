// Long because it is every reason for which a message waits, is sent or is not, on both databases.

import { afterEach, expect, it } from "vitest";
import { addAlert, changeAlert, snoozeAlert } from "#control/alerts/change.ts";
import { addChannel } from "#control/alerts/channels.ts";
import { deliverAlerts } from "#control/alerts/deliver.ts";
import { countFiring, readAlerts } from "#control/alerts/list.ts";
import { lookAtAlerts } from "#control/alerts/look.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { startWebhookReceiver } from "#tests/support/alert-receivers.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const HOUR_MS = 3_600_000;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/**
 * Records one request of each of these models, none of which has a price, a minute ago. For a day each is a subject
 * that holds.
 */
function unpriced(world: ControlWorld, ...models: readonly string[]): Promise<void> {
  const endedAtMs = world.deps.now().getTime() - 60_000;
  const event = (model: string) =>
    pricedEvent({
      id: `evt_${model}_${endedAtMs}`,
      startedAtMs: endedAtMs - 900,
      endedAtMs,
      requestedModel: model,
      servedModel: model,
    });
  return world.record(models.map(event));
}

async function look({ deps, wait }: ControlWorld): Promise<void> {
  wait(30_000);
  expect(await lookAtAlerts(deps)).toBe(true);
}

interface Watched {
  admin: PersonActor;
  channelId: string;
  /** What the receiver was sent, in turn. */
  said(): string[];
  snooze(hours: number): Promise<unknown>;
}

/** The alert of models without a price, which is sent to one receiver. */
async function watch(
  { deps, person }: ControlWorld,
  channel: object = {},
  ...answer: Parameters<typeof startWebhookReceiver>
): Promise<Watched> {
  deps.config.alerts = { smtpUrl: null, smtpFrom: "", hosts: ["127.0.0.1"] };
  const admin = await person("admin");
  const { url, received, stop } = await startWebhookReceiver(...answer);
  stops.push(stop);
  const { channel: added } = await addChannel(admin, { kind: "webhook", name: "Ops", url, ...channel }, deps);
  await changeAlert(admin, "unpriced-model", { channels: [added.id] }, deps);
  return {
    admin,
    channelId: added.id,
    said: () => received.map(({ body }) => JSON.parse(body).type),
    snooze: (hours) => snoozeAlert(admin, "unpriced-model", { hours }, deps),
  };
}

onBothDatabases((world) => {
  it("a snooze that is shortened holds what began in it until the new end", async () => {
    const { said, snooze } = await watch(world());
    await snooze(720);
    await unpriced(world(), "mythos-preview");
    await look(world());
    await snooze(1);
    world().wait(HOUR_MS - 1);
    await deliverAlerts(world().deps);
    expect(said()).toEqual([]);
    world().wait(1);
    await deliverAlerts(world().deps);
    expect(said()).toEqual(["alert.fired"]);
  });

  it("a snooze that is extended holds what began in it until the new end", async () => {
    const { said, snooze } = await watch(world());
    await snooze(1);
    await unpriced(world(), "mythos-preview");
    await look(world());
    await snooze(6);
    world().wait(6 * HOUR_MS - 1);
    await deliverAlerts(world().deps);
    expect(said()).toEqual([]);
    world().wait(1);
    await deliverAlerts(world().deps);
    expect(said()).toEqual(["alert.fired"]);
  });

  it("the end of what was sent before a snooze is sent as soon as the snooze is ended", async () => {
    const { said, snooze } = await watch(world());
    await unpriced(world(), "mythos-preview");
    await look(world());
    await deliverAlerts(world().deps);
    await snooze(720);
    world().wait(25 * HOUR_MS);
    await look(world());
    await deliverAlerts(world().deps);
    expect(said()).toEqual(["alert.fired"]);
    await snooze(0);
    await deliverAlerts(world().deps);
    expect(said()).toEqual(["alert.fired", "alert.ended"]);
  });

  it("a snooze that begins holds what has failed and is to be tried again", async () => {
    const { said, snooze } = await watch(world(), {}, (count) => (count === 1 ? 500 : 200));
    await unpriced(world(), "mythos-preview");
    await look(world());
    await deliverAlerts(world().deps);
    await snooze(1);
    world().wait(HOUR_MS - 1);
    await deliverAlerts(world().deps);
    expect(said()).toHaveLength(1);
    world().wait(1);
    await deliverAlerts(world().deps);
    expect(said()).toHaveLength(2);
  });

  it("a snooze of one alert holds no other, however many messages wait for its end", async () => {
    const { admin, said, channelId } = await watch(world());
    const { deps } = world();
    await changeAlert(admin, "unpriced-model", { channels: [] }, deps);
    const models = Array.from({ length: 25 }, (_, at) => `mythos-${at}`);
    const snoozed = await addAlert(admin, { kind: "unpriced-model", channels: [channelId] }, deps);
    await snoozeAlert(admin, snoozed.id, { hours: 24 }, deps);
    await unpriced(world(), ...models);
    await look(world());
    await changeAlert(admin, "unpriced-model", { channels: [channelId] }, deps);
    await unpriced(world(), "another");
    await look(world());
    await deliverAlerts(deps);
    expect(said()).toEqual(["alert.fired"]);
  });

  it("a snooze that is ended sends nothing within the quiet hours of the channel", async () => {
    const { said, snooze } = await watch(world(), { quietFrom: "11:00", quietTo: "14:00" });
    await snooze(10);
    await unpriced(world(), "mythos-preview");
    await look(world());
    await snooze(0);
    world().wait(HOUR_MS);
    await deliverAlerts(world().deps);
    expect(said()).toEqual([]);
    world().wait(HOUR_MS);
    await deliverAlerts(world().deps);
    expect(said()).toEqual(["alert.fired"]);
  });

  it("what has failed is not tried again within the quiet hours of the channel", async () => {
    const channel = { quietFrom: "12:01", quietTo: "13:00" };
    const { said } = await watch(world(), channel, (count) => (count === 1 ? 500 : 200));
    await unpriced(world(), "mythos-preview");
    await look(world());
    await deliverAlerts(world().deps);
    world().wait(60_000);
    await deliverAlerts(world().deps);
    expect(said()).toHaveLength(1);
    world().wait(HOUR_MS);
    await deliverAlerts(world().deps);
    expect(said()).toHaveLength(2);
  });

  it("a message for which an earlier release noted the end of a snooze is sent when the snooze is ended", async () => {
    const { said, snooze } = await watch(world());
    const { deps } = world();
    await snooze(720);
    await unpriced(world(), "mythos-preview");
    await look(world());
    await deps.db.alertDelivery.updateMany({ data: { nextAt: new Date(deps.now().getTime() + 720 * HOUR_MS) } });
    await snooze(0);
    await deliverAlerts(deps);
    expect(said()).toEqual(["alert.fired"]);
  });

  it.each([
    ["was to be tried again", 1],
    ["had failed for good", 6],
  ])(
    "the end is said to a receiver that answered each try with an error and may have taken it, when it %s",
    async (_, tries) => {
      const { admin, said } = await watch(world(), {}, (count) => (count <= tries ? 502 : 200));
      const { deps } = world();
      await unpriced(world(), "mythos-preview");
      await look(world());
      for (let turn = 0; turn < tries; turn += 1) {
        await deliverAlerts(deps);
        world().wait(2 * HOUR_MS);
      }
      world().wait(25 * HOUR_MS);
      await look(world());
      await deliverAlerts(deps);
      expect(said()).toEqual([...Array.from({ length: tries }, () => "alert.fired"), "alert.ended"]);
      const { history } = await readAlerts(admin, deps);
      const shown = history[0]?.deliveries.map(({ event, state, problem }) => ({ event, state, problem }));
      expect(shown).toHaveLength(2);
      expect(shown).toContainEqual({
        event: "fired",
        state: "failed",
        problem: expect.stringContaining("It answers 502: "),
      });
      expect(shown).toContainEqual({ event: "ended", state: "sent", problem: null });
    },
  );

  it("a beginning whose try fails after its end is not tried again, and the end is said", async () => {
    let answer: (status: number) => void = () => {};
    const late = () => new Promise<number>((resolve) => (answer = resolve));
    const { said } = await watch(world(), {}, (count) => (count === 1 ? late() : 200));
    const { deps } = world();
    await unpriced(world(), "mythos-preview");
    await look(world());
    const sending = deliverAlerts(deps);
    await expect.poll(said).toHaveLength(1);
    world().wait(25 * HOUR_MS);
    await look(world());
    answer(502);
    await sending;
    for (let turn = 0; turn < 20; turn += 1) {
      world().wait(10_000);
      await deliverAlerts(deps);
    }
    expect(said()).toEqual(["alert.fired", "alert.ended"]);
  });

  it.each([
    ["in its quiet hours", { quietFrom: "11:00", quietTo: "13:00" }, 200, []],
    ["between two tries", {}, 500, ["alert.fired"]],
  ])("a channel that is taken out of the alert %s is sent no beginning any more", async (_, channel, status, said0) => {
    const { admin, said } = await watch(world(), channel, () => status);
    const { deps } = world();
    await unpriced(world(), "mythos-preview");
    await look(world());
    await deliverAlerts(deps);
    await changeAlert(admin, "unpriced-model", { channels: [] }, deps);
    for (let turn = 0; turn < 4; turn += 1) {
      world().wait(2 * HOUR_MS);
      await deliverAlerts(deps);
    }
    expect(said()).toEqual(said0);
    const { history } = await readAlerts(admin, deps);
    const problem = "The channel was taken out of the alert before it took this.";
    expect(history[0]?.deliveries[0]).toMatchObject({ state: "failed", problem });
  });

  it("a channel that is taken out of the alert in its cool-down is sent no beginning, and the others are", async () => {
    const { admin, channelId, said } = await watch(world());
    const other = await watch(world());
    const { deps } = world();
    await changeAlert(admin, "unpriced-model", { channels: [channelId], coolDownS: 30 * 3_600 }, deps);
    await unpriced(world(), "mythos-preview");
    await look(world());
    await deliverAlerts(deps);
    world().wait(25 * HOUR_MS);
    await look(world());
    await deliverAlerts(deps);
    await changeAlert(admin, "unpriced-model", { channels: [channelId, other.channelId] }, deps);
    await unpriced(world(), "mythos-preview");
    await look(world());
    await deliverAlerts(deps);
    expect(await deps.db.alertDelivery.count({ where: { channelId, state: "waiting" } })).toBe(1);
    await changeAlert(admin, "unpriced-model", { channels: [other.channelId] }, deps);
    world().wait(10 * HOUR_MS);
    await deliverAlerts(deps);
    expect([said(), other.said()]).toEqual([["alert.fired", "alert.ended"], ["alert.fired"]]);
  });

  it("a channel that is taken out of the alert is sent the end of what it was sent", async () => {
    const { admin, said } = await watch(world());
    const { deps } = world();
    await unpriced(world(), "mythos-preview");
    await look(world());
    await deliverAlerts(deps);
    await changeAlert(admin, "unpriced-model", { channels: [] }, deps);
    world().wait(25 * HOUR_MS);
    await look(world());
    await deliverAlerts(deps);
    expect(said()).toEqual(["alert.fired", "alert.ended"]);
  });

  it.each<["beginning" | "end", string, object, number, string]>([
    ["beginning", "the channel is taken out of the alert", { channels: [] }, 500, "failed"],
    ["beginning", "the channel is taken out of the alert", { channels: [] }, 200, "sent"],
    ["beginning", "the alert is switched off", { isOn: false }, 500, "failed"],
    ["end", "the alert is switched off", { isOn: false }, 500, "failed"],
    ["end", "the alert is switched off", { isOn: false }, 200, "sent"],
    ["end", "the alert is switched off and on again", { isOn: false, again: true }, 500, "failed"],
  ])(
    "when the %s is being sent while %s (%o), and the receiver answers %d, it was %s",
    async (part, _, change, status, state) => {
      let answer: (status: number) => void = () => {};
      const late = () => new Promise<number>((resolve) => (answer = resolve));
      const hung = part === "end" ? 2 : 1;
      const { admin, said } = await watch(world(), {}, (count) => (count === hung ? late() : 200));
      const { deps } = world();
      await unpriced(world(), "mythos-preview");
      await look(world());
      if (part === "end") {
        await deliverAlerts(deps);
        world().wait(25 * HOUR_MS);
        await look(world());
      }
      const sending = deliverAlerts(deps);
      await expect.poll(said).toHaveLength(hung);
      const { again, ...wanted } = change as { again?: true };
      await changeAlert(admin, "unpriced-model", wanted, deps);
      if (again) await changeAlert(admin, "unpriced-model", { isOn: true }, deps);
      answer(status);
      await sending;
      for (let turn = 0; turn < 7; turn += 1) {
        world().wait(2 * HOUR_MS);
        await deliverAlerts(deps);
      }
      expect(said()).toHaveLength(hung);
      const event = part === "end" ? "ended" : "fired";
      const { history } = await readAlerts(admin, deps);
      const delivery = history[0]?.deliveries.find((one) => one.event === event);
      const problem =
        state === "sent" ? null : expect.stringMatching(/^The (alert was switched off|channel was taken out)/);
      expect(delivery).toMatchObject({ state, problem });
      expect(await deps.db.alertDelivery.count({ where: { claimedUntil: { not: null } } })).toBe(0);
    },
  );

  it("with more subjects than may fire at once, only what is over ends, and what waits fires then", async () => {
    const { admin, said } = await watch(world());
    const { deps } = world();
    const send = async () => {
      while ((await deliverAlerts(deps)) > 0);
    };
    await unpriced(world(), ...Array.from({ length: 50 }, (_, at) => `m-mythos-${at}`));
    await look(world());
    await send();
    world().wait(2 * HOUR_MS);
    await unpriced(world(), "a-mythos", "z-mythos");
    await look(world());
    await look(world());
    await send();
    expect(said()).toEqual(Array.from({ length: 50 }, () => "alert.fired"));
    expect(await countFiring(admin, deps)).toEqual({ firing: 50 });

    world().wait(23 * HOUR_MS);
    await look(world());
    await look(world());
    await send();
    expect(said().filter((type) => type === "alert.ended")).toHaveLength(50);
    const { firing } = await readAlerts(admin, deps);
    expect(firing.map(({ value }) => value).sort()).toEqual(["1 request of a-mythos", "1 request of z-mythos"]);
  });
});
