// Long because it is every way in which a try, an end or a test was misnamed, on both databases.

import { afterEach, expect, it } from "vitest";
import { changeAlert } from "#control/alerts/change.ts";
import { addChannel, testChannel } from "#control/alerts/channels.ts";
import { deliverAlerts } from "#control/alerts/deliver.ts";
import { readAlerts } from "#control/alerts/list.ts";
import { lookAtAlerts } from "#control/alerts/look.ts";
import type { ControlDeps } from "#control/deps.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { startMailServer, startWebhookReceiver } from "#tests/support/alert-receivers.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Records one request of a model without a price, a minute ago. For a day it is a subject that holds. */
async function unpriced({ deps, record }: ControlWorld): Promise<void> {
  const endedAtMs = deps.now().getTime() - 60_000;
  const model = { requestedModel: "mythos", servedModel: "mythos" };
  await record([pricedEvent({ id: `evt_${endedAtMs}`, startedAtMs: endedAtMs - 900, endedAtMs, ...model })]);
}

async function look({ deps, wait }: ControlWorld, ms = 30_000): Promise<void> {
  wait(ms);
  expect(await lookAtAlerts(deps)).toBe(true);
}

/** One webhook of an alert. Returns the types of what it was sent, in turn. */
async function watch(
  { deps, person }: ControlWorld,
  alert: string,
  ...answer: Parameters<typeof startWebhookReceiver>
): Promise<{ admin: PersonActor; said(): string[] }> {
  deps.config.alerts = { smtpUrl: null, smtpFrom: "", hosts: ["127.0.0.1"] };
  const admin = await person("admin");
  const { url, received, stop } = await startWebhookReceiver(...answer);
  stops.push(stop);
  const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
  await changeAlert(admin, alert, { channels: [channel.id] }, deps);
  return { admin, said: () => received.map(({ body }) => JSON.parse(body).type) };
}

/** One mailbox list of the alert on models without a price; the server refuses the second of two. */
async function watchMail({ deps, person }: ControlWorld) {
  const mail = await startMailServer("right", { refuses: "bob@example.com" });
  stops.push(mail.stop);
  deps.config.alerts = { smtpUrl: mail.url("right"), smtpFrom: "CCO <cco@example.com>", hosts: [] };
  const admin = await person("admin");
  const to = ["ada@example.com", "bob@example.com"];
  const { channel } = await addChannel(admin, { kind: "email", name: "Admins", to }, deps);
  await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
  return { admin, mail, channel };
}

/** Another instance, which has listed what is due by the time `listed` resolves and goes on with `goOn`. */
function stallAfterListing(deps: ControlDeps) {
  let goOn: () => void = () => {};
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  let asked = 0;
  let sayListed: () => void = () => {};
  const listed = new Promise<void>((resolve) => (sayListed = resolve));
  const stalled: ControlDeps = {
    ...deps,
    sharedNow: async () => {
      asked += 1;
      if (asked === 2) {
        sayListed();
        await gate;
      }
      return deps.sharedNow();
    },
  };
  return { stalled, listed, goOn };
}

onBothDatabases((world) => {
  it("an instance that stalls between listing and claim repeats no try that another one made", async () => {
    const { deps } = world();
    const { admin, said } = await watch(world(), "unpriced-model", () => 500);
    await unpriced(world());
    await look(world());
    const { stalled, listed, goOn } = stallAfterListing(deps);
    const late = deliverAlerts(stalled);
    await listed;
    await deliverAlerts(deps);
    goOn();
    await late;
    expect(said()).toHaveLength(1);
    const [delivery] = (await readAlerts(admin, deps)).history[0]?.deliveries ?? [];
    expect(delivery).toMatchObject({ state: "waiting", tries: 1 });
    world().wait(10_000);
    await deliverAlerts(deps);
    expect(said()).toHaveLength(2);
  });

  it("an instance that stalls sends an e-mail to none who has it", async () => {
    const { deps } = world();
    const { mail } = await watchMail(world());
    await unpriced(world());
    await look(world());
    const { stalled, listed, goOn } = stallAfterListing(deps);
    const late = deliverAlerts(stalled);
    await listed;
    await deliverAlerts(deps);
    mail.refused.clear();
    goOn();
    await late;
    world().wait(10_000);
    await deliverAlerts(deps);
    expect(mail.mails.map(({ to }) => to)).toEqual([["ada@example.com"], ["bob@example.com"]]);
  });

  it.each(["before it is listed, as an earlier release left it", "between listing and claim"])(
    "a channel taken out %s was sent nothing, and is sent no end",
    async (when) => {
      const { deps } = world();
      const { admin, said } = await watch(world(), "unpriced-model");
      await unpriced(world());
      await look(world());
      // Past `changeAlert`, which gives up what waits: the row stays.
      const takeOut = () => deps.db.alertRule.updateMany({ data: { channels: "" } });
      if (when.startsWith("between")) {
        const { stalled, listed, goOn } = stallAfterListing(deps);
        const late = deliverAlerts(stalled);
        await listed;
        await takeOut();
        goOn();
        await late;
      } else {
        await takeOut();
        await deliverAlerts(deps);
      }
      const problem = "The channel was taken out of the alert before it took this.";
      const readBeginning = async () => (await readAlerts(admin, deps)).history[0]?.deliveries;
      expect(await readBeginning()).toMatchObject([{ state: "failed", tries: 0, problem, isCalledOff: true }]);
      await look(world(), 25 * HOUR_MS);
      await deliverAlerts(deps);
      expect(said()).toEqual([]);
      expect(await readBeginning()).toHaveLength(1);
    },
  );

  it("an e-mail in part whose channel is then taken out says both", async () => {
    const { deps } = world();
    const { admin, mail } = await watchMail(world());
    await unpriced(world());
    await look(world());
    await deliverAlerts(deps);
    await changeAlert(admin, "unpriced-model", { channels: [] }, deps);
    mail.refused.clear();
    world().wait(HOUR_MS);
    await deliverAlerts(deps);
    expect(mail.mails).toHaveLength(1);
    const [delivery] = (await readAlerts(admin, deps)).history[0]?.deliveries ?? [];
    expect(delivery).toMatchObject({ state: "sent", isCalledOff: false });
    expect(delivery?.problem).toMatch(/refuses recipient 2 of 2 .* The channel was taken out of the alert/);
  });

  it("a test that some recipients have was sent in part, and names who lacks it", async () => {
    const { deps } = world();
    const { admin, mail, channel } = await watchMail(world());
    const problem = expect.stringContaining("refuses recipient 2 of 2 (at example.com): 550");
    expect(await testChannel(admin, channel.id, deps)).toMatchObject({ isSent: false, isInPart: true, problem });
    mail.refused.add("ada@example.com");
    expect(await testChannel(admin, channel.id, deps)).toMatchObject({ isSent: false, isInPart: false });
    mail.refused.clear();
    expect(await testChannel(admin, channel.id, deps)).toMatchObject({ isSent: true, isInPart: false, problem: null });
  });

  it("a recipient that is named twice is refused with its places", async () => {
    const { deps } = world();
    const { admin } = await watchMail(world());
    const to = ["ada@example.com", "cy@example.com", "Ada@example.com "];
    const adding = addChannel(admin, { kind: "email", name: "Twice", to }, deps);
    await expect(adding).rejects.toMatchObject({ code: "request.invalid" });
    await expect(adding).rejects.toThrow("Recipient 3 is recipient 1 again.");
  });

  it("a proxy that is silent within a bound that was raised has not ended: nothing is sent, and the history says why", async () => {
    const { deps } = world();
    const { admin, said } = await watch(world(), "instance-silent");
    const row = { id: "ins_1", hostname: "a", pid: 1, startedAt: new Date(0), fileReadOnly: false };
    await deps.db.instance.create({ data: { ...row, seenAt: deps.now() } });
    await look(world(), 70_000);
    await deliverAlerts(deps);
    await changeAlert(admin, "instance-silent", { threshold: 86_400 }, deps);
    await look(world());
    await deliverAlerts(deps);
    const { firing, history } = await readAlerts(admin, deps);
    expect([firing, history.map(({ endedBy }) => endedBy)]).toEqual([[], ["changed"]]);
    await look(world(), DAY_MS);
    await deliverAlerts(deps);
    expect(said()).toEqual(["alert.fired", "alert.fired"]);
    await deps.db.instance.updateMany({ data: { seenAt: deps.now() } });
    await look(world());
    await deliverAlerts(deps);
    expect(said()).toEqual(["alert.fired", "alert.fired", "alert.ended"]);
  });

  it("a bound that is changed and still exceeded closes nothing, and the end is said", async () => {
    const { deps } = world();
    const { admin, said } = await watch(world(), "key-expiry");
    const { key } = await issueProxyKey(admin, { name: "CI", expiresInDays: 30 }, deps);
    const expiresAt = new Date(deps.now().getTime() + 5 * DAY_MS);
    await deps.db.proxyKey.updateMany({ where: { id: key.id }, data: { expiresAt } });
    await look(world());
    await deliverAlerts(deps);
    await changeAlert(admin, "key-expiry", { threshold: 6 }, deps);
    await look(world());
    expect((await readAlerts(admin, deps)).firing).toHaveLength(1);
    await deps.db.proxyKey.deleteMany();
    await look(world());
    await deliverAlerts(deps);
    expect(said()).toEqual(["alert.fired", "alert.ended"]);
  });

  it("a key within a bound in days that was lowered is closed as changed, also before it was sent", async () => {
    const { deps } = world();
    const { admin, said } = await watch(world(), "key-expiry");
    const { key } = await issueProxyKey(admin, { name: "CI", expiresInDays: 30 }, deps);
    const expiresAt = new Date(deps.now().getTime() + 5 * DAY_MS);
    await deps.db.proxyKey.updateMany({ where: { id: key.id }, data: { expiresAt } });
    await look(world());
    await changeAlert(admin, "key-expiry", { threshold: 2 }, deps);
    await look(world());
    await deliverAlerts(deps);
    expect(said()).toEqual([]);
    const [closed] = (await readAlerts(admin, deps)).history;
    const problem = "The bound of the alert was changed before it was sent.";
    expect(closed).toMatchObject({ endedBy: "changed", deliveries: [{ state: "failed", problem, isCalledOff: true }] });
  });
});
