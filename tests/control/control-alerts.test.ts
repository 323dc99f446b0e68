// Long because it is the whole life of an alert, from its condition to the channel, on both databases.

import { createHmac } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { acknowledgeAlert, addAlert, changeAlert, removeAlert, snoozeAlert } from "#control/alerts/change.ts";
import { addChannel, dropChannel, renewChannelSecret, testChannel } from "#control/alerts/channels.ts";
import { deliverAlerts } from "#control/alerts/deliver.ts";
import { countFiring, readAlerts } from "#control/alerts/list.ts";
import { lookAtAlerts } from "#control/alerts/look.ts";
import { findOutside, isOutside } from "#control/alerts/outside-address.ts";
import { listAuditEntries } from "#control/audit/list.ts";
import { makeControlDeps } from "#control/deps.ts";
import { afterQuietHours } from "#core/alerts/quiet-hours.ts";
import { AppError } from "#core/errors.ts";
import { startMailServer, startWebhookReceiver } from "#tests/support/alert-receivers.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
const receiver = async (...args: Parameters<typeof startWebhookReceiver>) => {
  const started = await startWebhookReceiver(...args);
  stops.push(started.stop);
  return started;
};
const describeRefusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "allowed",
    (error: unknown) => (error instanceof AppError ? `${error.code} ${error.publicText}` : `crashed: ${String(error)}`),
  );

/** Requests of a model without a price, a minute ago. */
async function unpriced(world: ControlWorld, model = "mythos-preview"): Promise<void> {
  const endedAtMs = world.deps.now().getTime() - 60_000;
  const event = pricedEvent({ startedAtMs: endedAtMs - 900, endedAtMs, requestedModel: model, servedModel: model });
  await world.record([event]);
}

/** Looks at the alerts half a minute later, and sends. */
async function look(world: ControlWorld): Promise<void> {
  world.wait(30_000);
  expect(await lookAtAlerts(world.deps)).toBe(true);
  await deliverAlerts(world.deps);
}

const allow = (world: ControlWorld) => {
  world.deps.config.alerts = { smtpUrl: null, smtpFrom: "", hosts: ["127.0.0.1"] };
};

onBothDatabases((world) => {
  it("an alert fires once, is sent once signed, ends, and is in the history", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel, secret } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await look(world());
    expect(received).toEqual([]);

    await unpriced(world());
    await look(world());
    await look(world());
    expect(received).toHaveLength(1);
    const { headers, body } = received[0] ?? { headers: {}, body: "" };
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const key = Buffer.from(String(secret).replace("whsec_", ""), "base64");
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
    expect(JSON.parse(body)).toMatchObject({
      type: "alert.fired",
      data: { alert: "Unpriced model", title: expect.stringContaining("1 request of mythos-preview") },
    });
    const firing = await readAlerts(admin, deps);
    expect(firing.rules.find(({ id }) => id === "unpriced-model")).toMatchObject({ state: "firing" });
    expect(firing.firing[0]?.deliveries).toMatchObject([{ channel: "Ops", event: "fired", state: "sent", tries: 1 }]);
    expect(await countFiring(admin, deps)).toEqual({ firing: 1 });

    world().wait(25 * 3_600_000);
    await look(world());
    expect(received.map(({ body: text }) => JSON.parse(text).type)).toEqual(["alert.fired", "alert.ended"]);
    const over = await readAlerts(admin, deps);
    expect(over.firing).toEqual([]);
    expect(over.history[0]).toMatchObject({ name: "Unpriced model", endedAt: expect.any(String) });
  });

  it("two instances that look and send at the same moment send one message", async () => {
    allow(world());
    const { deps, databaseUrl } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world());
    world().wait(30_000);
    const other = await makeControlDeps({ ...deps.config, databaseUrl }, deps.now);
    try {
      const looks = await Promise.all([deps, other, deps, other].map(lookAtAlerts));
      expect(looks.filter(Boolean)).toHaveLength(1);
      await Promise.all([deps, other, deps, other].map(deliverAlerts));
      await Promise.all([deps, other].map(deliverAlerts));
    } finally {
      await other.db.$disconnect();
    }
    expect(received).toHaveLength(1);
  });

  it("a channel that fails is tried again with the same id, and says what failed", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver((count) => (count < 3 ? 500 : 204));
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world());
    await look(world());
    expect((await readAlerts(admin, deps)).firing[0]?.deliveries[0]).toMatchObject({
      state: "waiting",
      tries: 1,
      problem: "It answers 500: a fault at the receiver; look into its log.",
    });
    await deliverAlerts(deps);
    expect(received).toHaveLength(1);
    world().wait(10_000);
    await deliverAlerts(deps);
    world().wait(60_000);
    await deliverAlerts(deps);
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect((await readAlerts(admin, deps)).firing[0]?.deliveries[0]).toMatchObject({
      state: "sent",
      tries: 3,
      problem: null,
    });
  });

  it("a channel that never answers well has failed after six tries", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver(() => 503);
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world());
    await look(world());
    for (let hour = 0; hour < 12; hour += 1) {
      world().wait(2 * 3_600_000);
      await deliverAlerts(deps);
    }
    expect(received).toHaveLength(6);
    expect((await readAlerts(admin, deps)).firing[0]?.deliveries[0]).toMatchObject({ state: "failed", tries: 6 });
  });

  it("T48: a redirect to a private address is not followed", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const inner = await receiver();
    const outer = await receiver(() => ({ redirect: inner.url }));
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url: outer.url }, deps);
    expect(await testChannel(admin, channel.id, deps)).toMatchObject({
      isSent: false,
      problem: "It answers 302, a redirect, which is not followed: enter the address it leads to.",
    });
    expect(inner.received).toEqual([]);
  });

  it("T48: channels in a private network are refused unless the operator named the host", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    for (const url of [
      "https://127.0.0.1/x",
      "https://localhost:5432/",
      "https://169.254.169.254/latest/meta-data",
      "https://[::1]/",
      "https://[::ffff:10.0.0.1]/",
      "https://2130706433/",
      "https://0x7f.1/",
    ])
      expect([url, await describeRefusal(addChannel(admin, { kind: "webhook", name: "x", url }, deps))]).toEqual([
        url,
        expect.stringContaining("is in a private network"),
      ]);
    for (const url of ["http://example.com/", "ftp://example.com/", "https://user:pass@example.com/", "nonsense"])
      expect(await describeRefusal(addChannel(admin, { kind: "slack", name: "x", url }, deps))).toMatch(
        /^request\.invalid url:/,
      );
    allow(world());
    expect(
      await describeRefusal(addChannel(admin, { kind: "webhook", name: "x", url: "http://127.0.0.1:9/" }, deps)),
    ).toBe("allowed");
  });

  it("T48: a name that leads to a private address when it is sent is refused then", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    deps.config.alerts = { smtpUrl: null, smtpFrom: "", hosts: [] };
    expect((await testChannel(admin, channel.id, deps)).problem).toContain("is in a private network");
    expect(received).toEqual([]);
  });

  it("e-mail is sent by the mail server of the operator", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const mail = await startMailServer();
    stops.push(mail.stop);
    const wanted = { kind: "email", name: "Admins", to: ["ada@example.com", "bob@example.com"] };
    expect(await describeRefusal(addChannel(admin, wanted, deps))).toContain("CCO_SMTP_URL");
    deps.config.alerts = { smtpUrl: mail.url("right"), smtpFrom: "CCO <cco@example.com>", hosts: [] };
    const { channel } = await addChannel(admin, wanted, deps);
    expect(await testChannel(admin, channel.id, deps)).toMatchObject({ isSent: true, problem: null });
    expect(mail.mails[0]).toMatchObject({
      to: ["ada@example.com", "bob@example.com"],
      text: expect.stringContaining("Test: This channel receives the alerts of CCO"),
    });
    deps.config.alerts = { ...deps.config.alerts, smtpUrl: mail.url("wrong") };
    const refused = (await testChannel(admin, channel.id, deps)).problem ?? "";
    expect(refused).toBe(`127.0.0.1:${mail.port} refuses the user name or password of CCO_SMTP_URL.`);
    await mail.stop();
    expect((await testChannel(admin, channel.id, deps)).problem).toBe(
      `127.0.0.1:${mail.port} of CCO_SMTP_URL refuses the connection: is it running, and is the port right?`,
    );
  });

  it("an e-mail that is not taken says why and what to do, with no address of a recipient", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const mail = await startMailServer("right", { refuses: "bob@example.com" });
    stops.push(mail.stop);
    const smtpUrl = mail.url("right");
    const smtpFrom = "CCO <cco@example.com>";
    deps.config.alerts = { smtpUrl, smtpFrom, hosts: [] };
    const readProblem = async (...to: string[]) => {
      const { channel } = await addChannel(admin, { kind: "email", name: "x", to }, deps);
      return (await testChannel(admin, channel.id, deps)).problem ?? "";
    };
    const host = `127.0.0.1:${mail.port}`;
    const why = "(at example.com): 550 5.1.1 … unknown. Correct the address, or ask for this mailbox there.";
    expect(await readProblem("bob@example.com")).toBe(`${host} refuses recipient 1 of 1 ${why}`);
    expect(await readProblem("ada@example.com", "bob@example.com")).toBe(`${host} refuses recipient 2 of 2 ${why}`);
    deps.config.alerts = { smtpUrl: smtpUrl.replace("smtp:", "smtps:"), smtpFrom, hosts: [] };
    expect(await readProblem("ada@example.com")).toBe(
      `${host} was reached, but speaks no TLS on this port: write CCO_SMTP_URL with smtp://, or name the port of smtps://.`,
    );
  });

  it("a webhook that cannot be sent names the fix", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const problemAt = async (url: string) => {
      const { channel } = await addChannel(admin, { kind: "webhook", name: "x", url }, deps);
      return (await testChannel(admin, channel.id, deps)).problem ?? "";
    };
    for (const [status, fix] of [
      [400, "check the address, and that the channel is of its kind"],
      [401, "the signing secret"],
      [429, "raise its limit"],
      [500, "look into its log"],
      [503, "look whether it runs"],
    ] as const) {
      const { url } = await receiver(() => status);
      const problem = await problemAt(url);
      expect(problem).toContain(`It answers ${status}: `);
      expect(problem).toContain(fix);
      expect(await problemAt(url.replace("http:", "https:"))).toContain("speaks no TLS on this port: check the port");
    }
    expect(await problemAt("http://127.0.0.1:9/")).toContain("refuses the connection: is it running");
  });

  it("a new channel receives no alert, and says so", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const added = await addChannel(admin, { kind: "webhook", name: "Ops", url: "http://127.0.0.1:9/" }, deps);
    expect(added.alerts).toEqual([]);
    await changeAlert(admin, "budget", { channels: [added.channel.id] }, deps);
    expect((await renewChannelSecret(admin, added.channel.id, deps)).alerts).toEqual(["budget"]);
  });

  it("every older signing secret signs for its day, and a sixth within it is refused", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    for (let turn = 0; turn < 5; turn += 1) {
      await renewChannelSecret(admin, channel.id, deps);
      world().wait(3_600_000);
    }
    expect(await describeRefusal(renewChannelSecret(admin, channel.id, deps))).toContain("5 older secrets still sign");
    await testChannel(admin, channel.id, deps);
    world().wait(20 * 3_600_000);
    await testChannel(admin, channel.id, deps);
    await renewChannelSecret(admin, channel.id, deps);
    await testChannel(admin, channel.id, deps);
    const signatures = received.map(({ headers }) => String(headers["webhook-signature"]).split(" ").length);
    // A day and an hour after the first secret was replaced, two are over. They are the first, and the one that signed
    // for the first hour.
    expect(signatures).toEqual([6, 4, 5]);
  });

  it("a new signing secret signs beside the old one for a day", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    await renewChannelSecret(admin, channel.id, deps);
    await testChannel(admin, channel.id, deps);
    world().wait(24 * 3_600_000);
    await testChannel(admin, channel.id, deps);
    const signatures = received.map(({ headers }) => String(headers["webhook-signature"]).split(" ").length);
    expect(signatures).toEqual([2, 1]);
  });

  it("T49: neither the address nor the signing secret is in the database, the audit log or what pages read", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const url = "http://127.0.0.1:9/services/T00/B00/marked-secret";
    const { secret } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    const rows = JSON.stringify(await deps.db.alertChannel.findMany());
    const shown = JSON.stringify([await readAlerts(admin, deps), await listAuditEntries(admin, {}, deps)]);
    for (const text of [rows, shown]) {
      expect(text).not.toContain("marked-secret");
      expect(text).not.toContain(String(secret).slice(8));
    }
    expect(shown).toContain("127.0.0.1:9");
  });

  it("what begins in a snooze is sent at its end, or as soon as the snooze is ended", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    const added = await addAlert(admin, { kind: "unpriced-model", channels: [channel.id] }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await snoozeAlert(admin, "unpriced-model", { hours: 1 }, deps);
    await snoozeAlert(admin, added.id, { hours: 720 }, deps);
    await unpriced(world());
    await look(world());
    expect(received).toEqual([]);
    world().wait(3_600_000);
    await deliverAlerts(deps);
    expect(received).toHaveLength(1);
    await snoozeAlert(admin, added.id, { hours: 0 }, deps);
    await deliverAlerts(deps);
    expect(received).toHaveLength(2);
  });

  it("at most fifty subjects of an alert fire at once", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const endedAtMs = deps.now().getTime() - 60_000;
    const models = Array.from({ length: 60 }, (_, at) => `mythos-${at}`);
    const event = (model: string) =>
      pricedEvent({
        id: `evt_${model}`,
        startedAtMs: endedAtMs - 900,
        endedAtMs,
        requestedModel: model,
        servedModel: model,
      });
    await world().record(models.map(event));
    await look(world());
    expect(await countFiring(admin, deps)).toEqual({ firing: 50 });
    await look(world());
    expect(await countFiring(admin, deps)).toEqual({ firing: 50 });
  });

  it("a removed channel leaves the alerts that named it, which can be changed as before", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const url = "http://127.0.0.1:9/";
    const one = await addChannel(admin, { kind: "webhook", name: "One", url }, deps);
    const two = await addChannel(admin, { kind: "webhook", name: "Two", url }, deps);
    await changeAlert(admin, "budget", { channels: [one.channel.id, two.channel.id] }, deps);
    await dropChannel(admin, one.channel.id, deps);
    const left = (await readAlerts(admin, deps)).rules.find(({ id }) => id === "budget")?.channels ?? [];
    expect(left).toEqual([two.channel.id]);
    await changeAlert(admin, "budget", { channels: left, threshold: 80 }, deps);
  });

  it("nothing more is sent of a removed alert, whose cause may go on, and the history says why it ended", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const day = await addChannel(admin, { kind: "webhook", name: "Day", url }, deps);
    const quiet = { quietFrom: "00:00", quietTo: "23:59" };
    const night = await addChannel(admin, { kind: "webhook", name: "Night", url, ...quiet }, deps);
    const channels = [day.channel.id, night.channel.id];
    const { id } = await addAlert(admin, { kind: "unpriced-model", channels }, deps);
    await unpriced(world());
    await look(world());
    await removeAlert(admin, id, deps);
    world().wait(86_400_000);
    await deliverAlerts(deps);
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(["alert.fired"]);
    const { history } = await readAlerts(admin, deps);
    expect(history.find(({ ruleId }) => ruleId === id)).toMatchObject({ endedBy: "removed" });
  });

  it("the end is said to a channel that is being sent the beginning at that moment", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    let answer: (status: number) => void = () => {};
    const { url, received } = await receiver(() => new Promise((resolve) => (answer = resolve)));
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world());
    world().wait(30_000);
    await lookAtAlerts(deps);
    const sending = deliverAlerts(deps);
    await expect.poll(() => received.length).toBe(1);
    world().wait(25 * 3_600_000);
    await lookAtAlerts(deps);
    answer(200);
    await sending;
    world().wait(300_000);
    const second = deliverAlerts(deps);
    await expect.poll(() => received.length).toBe(2);
    answer(200);
    await second;
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(["alert.fired", "alert.ended"]);
  });

  it("a receiver that answers with an upgrade has not taken the message, and holds up nothing", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stops.push(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    const wanted = { kind: "webhook", name: "Ops", url: `http://127.0.0.1:${port}/` };
    const { channel } = await addChannel(admin, wanted, deps);
    expect(await testChannel(admin, channel.id, deps)).toMatchObject({
      isSent: false,
      problem: `127.0.0.1:${port} closed the connection without an answer: look into the log of the receiver.`,
    });
  });

  it("names of models, which callers choose, mention no channel, link nowhere and write no line", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel } = await addChannel(admin, { kind: "slack", name: "Chat", url }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world(), "<!channel> @all [pay](https://evil.example)\r\nBcc: x");
    await look(world());
    const body = received[0]?.body ?? "";
    for (const raw of ["<!channel>", "@all", "](https", "\\r", "\\nBcc"]) expect(body).not.toContain(raw);
    expect(JSON.parse(body).text).toContain("&lt;!channel&gt;");
  });

  it("quiet hours have two ends, and an address no password", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const add = (more: object) =>
      describeRefusal(addChannel(admin, { kind: "webhook", name: "x", url: "http://127.0.0.1:9/", ...more }, deps));
    expect(await add({ quietFrom: "22:00" })).toContain("quietTo: Quiet hours have a beginning and an end.");
    expect(await add({ quietFrom: "22:00", quietTo: "22:00" })).toContain(
      "quietTo: Quiet hours that end when they begin",
    );
    expect(await add({ url: "https://:%E0%A4%A@127.0.0.1/" })).toContain("Leave user and password out");
  });

  it("a snoozed alert is judged and sends nothing", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await snoozeAlert(admin, "unpriced-model", { hours: 4 }, deps);
    await unpriced(world());
    await look(world());
    expect(received).toEqual([]);
    const view = await readAlerts(admin, deps);
    expect(view.rules.find(({ id }) => id === "unpriced-model")?.state).toBe("snoozed");
    expect(view.firing).toHaveLength(1);
    const [firing] = view.firing;
    await acknowledgeAlert(admin, firing?.id ?? "", deps);
    expect((await readAlerts(admin, deps)).firing[0]?.acknowledgedBy).toBe("admin");
    expect(await countFiring(admin, deps)).toEqual({ firing: 0 });
  });

  it("an alert beyond its bound is never said to be OK: it waits to fire, fires, or is quiet after it fired", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const found = async () => {
      const { rules } = await readAlerts(admin, deps);
      const { state, now, mayFireAt } = rules.find(({ id }) => id === "unpriced-model") ?? {};
      return { state, now, mayFireAt };
    };
    const after = (ms: number) => new Date(deps.now().getTime() + ms).toISOString();
    const now = "1 request of mythos-preview";
    await changeAlert(admin, "unpriced-model", { holdS: 60, coolDownS: 48 * 3_600 }, deps);
    await unpriced(world());
    await look(world());
    expect(await found()).toEqual({ state: "over-waiting", now, mayFireAt: after(60_000) });
    await look(world());
    await look(world());
    expect(await found()).toEqual({ state: "firing", now, mayFireAt: null });
    const firedAt = deps.now().getTime();

    world().wait(25 * 3_600_000);
    await look(world());
    for (let minute = 0; minute < 2; minute += 1) await look(world());
    expect(await found()).toEqual({ state: "ok", now: "every cost is known", mayFireAt: null });
    await unpriced(world());
    await look(world());
    const quiet = { now, mayFireAt: new Date(firedAt + 48 * 3_600_000).toISOString() };
    expect(await found()).toEqual({ state: "over-quiet", ...quiet });
    await snoozeAlert(admin, "unpriced-model", { hours: 4 }, deps);
    expect(await found()).toEqual({ state: "snoozed", ...quiet });
  });

  it("what fires is shown in the figures of the last look, and sent in those when it fired", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const found = async () => {
      const { rules, firing, history } = await readAlerts(admin, deps);
      const one = firing.find(({ ruleId }) => ruleId === "unpriced-model") ?? history[0];
      return { one, row: rules.find(({ id }) => id === "unpriced-model")?.now };
    };
    await changeAlert(admin, "unpriced-model", { holdS: 60 }, deps);
    await unpriced(world());
    for (let minute = 0; minute < 3; minute += 1) await look(world());
    await unpriced(world());
    await unpriced(world());
    expect((await found()).one?.now?.value).toBe("1 request of mythos-preview");
    await look(world());
    const { one, row } = await found();
    expect(row).toBe("3 requests of mythos-preview");
    expect(one).toMatchObject({ value: "1 request of mythos-preview", now: { value: row }, isWithinNow: false });
    expect(one?.now?.title).toContain("3 requests of mythos-preview");
    expect(one?.title).toContain("1 request of mythos-preview");

    world().wait(25 * 3_600_000);
    await look(world());
    expect((await found()).one).toMatchObject({ now: null, isWithinNow: true, endedAt: null });
    for (let minute = 0; minute < 2; minute += 1) await look(world());
    expect((await found()).one).toMatchObject({ now: null, isWithinNow: false, endedAt: expect.any(String) });
  });

  it("after another bound, and after it was off, an alert is not judged yet until the next look", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const state = async () => (await readAlerts(admin, deps)).rules.find(({ id }) => id === "unpriced-model")?.state;
    await changeAlert(admin, "unpriced-model", { minimumSample: 2 }, deps);
    await unpriced(world());
    await look(world());
    expect(await state()).toBe("ok");
    await changeAlert(admin, "unpriced-model", { name: "Unpriced" }, deps);
    expect(await state()).toBe("ok");
    await changeAlert(admin, "unpriced-model", { minimumSample: 1 }, deps);
    expect(await state()).toBe("not-judged");
    await look(world());
    expect(await state()).toBe("firing");

    await changeAlert(admin, "unpriced-model", { isOn: false }, deps);
    await look(world());
    await changeAlert(admin, "unpriced-model", { isOn: true }, deps);
    expect(await state()).toBe("not-judged");
  });

  it("alerts are added, changed within their bounds, and removed; those of the product stay", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const { id } = await addAlert(admin, { kind: "hit-rate", name: "Hit rate of docs", threshold: 50 }, deps);
    expect((await readAlerts(admin, deps)).rules.at(-1)).toMatchObject({ id, threshold: 50, isAdded: true });
    for (const [input, text] of [
      [{ threshold: 101 }, "threshold: From 1 to 100."],
      [{ threshold: Number.NaN }, "threshold"],
      [{ minimumSample: 0.5 }, "minimumSample"],
      [{ channels: ["chn_none"] }, "channels: One of these channels does not exist any more."],
      [{ treshold: 3 }, "Did you mean threshold?"],
    ] as const)
      expect(await describeRefusal(changeAlert(admin, id, input, deps))).toContain(text);
    expect(await describeRefusal(changeAlert(admin, "no-overrides", { threshold: 3 }, deps))).toContain(
      "no such setting",
    );
    expect(await describeRefusal(removeAlert(admin, "no-overrides", deps))).toContain("Switch it off instead");
    await removeAlert(admin, id, deps);
    expect((await readAlerts(admin, deps)).rules.some((rule) => rule.id === id)).toBe(false);
    expect(await describeRefusal(changeAlert(admin, id, {}, deps))).toMatch(/^not-found/);
  });

  it("what an alert fired ends with its removal, and stays in the history", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const { id } = await addAlert(admin, { kind: "unpriced-model", name: "Unpriced, again" }, deps);
    await unpriced(world());
    await look(world());
    const before = await countFiring(admin, deps);
    await removeAlert(admin, id, deps);
    expect(await countFiring(admin, deps)).toEqual({ firing: before.firing - 1 });
    expect((await readAlerts(admin, deps)).history.filter(({ ruleId }) => ruleId === id)).toHaveLength(1);
    await look(world());
    expect(await countFiring(admin, deps)).toEqual({ firing: before.firing - 1 });
  });

  it("an alert that is switched off ends, and a removed channel is sent nothing more", async () => {
    allow(world());
    const { deps } = world();
    const admin = await world().person("admin");
    const { url, received } = await receiver();
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Ops", url }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world());
    await look(world());
    await dropChannel(admin, channel.id, deps);
    await changeAlert(admin, "unpriced-model", { isOn: false }, deps);
    await look(world());
    expect(received).toHaveLength(1);
    const view = await readAlerts(admin, deps);
    expect(view.rules.find(({ id }) => id === "unpriced-model")?.state).toBe("off");
    expect(view.firing).toEqual([]);
    expect(view.channels).toEqual([]);
  });

  it("only owners and admins read alerts", async () => {
    const { deps } = world();
    for (const role of ["editor", "viewer", "developer", "finance"] as const)
      expect(await describeRefusal(readAlerts(await world().person(role), deps))).toMatch(/^auth\.forbidden/);
  });

  it("a look is taken again after the clock was ahead", async () => {
    const { deps } = world();
    world().wait(365 * 86_400_000);
    expect(await lookAtAlerts(deps)).toBe(true);
    world().wait(-365 * 86_400_000);
    expect(await lookAtAlerts(deps)).toBe(true);
  });
});

describe("quiet hours", () => {
  const night = { quietFrom: "22:00", quietTo: "07:00" };
  it.each([
    ["2026-11-29T23:30:00Z", night, "UTC", "2026-11-30T07:00:00.000Z"],
    ["2026-11-29T03:00:00Z", night, "UTC", "2026-11-29T07:00:00.000Z"],
    ["2026-11-29T07:00:00Z", night, "UTC", "2026-11-29T07:00:00.000Z"],
    ["2026-11-29T12:00:00Z", night, "UTC", "2026-11-29T12:00:00.000Z"],
    ["2026-11-29T12:30:00Z", { quietFrom: "12:00", quietTo: "13:00" }, "UTC", "2026-11-29T13:00:00.000Z"],
    ["2026-11-29T22:30:00Z", night, "Europe/Berlin", "2026-11-30T06:00:00.000Z"],
    // The night in which clocks go back.
    ["2026-10-25T00:30:00Z", night, "Europe/Berlin", "2026-10-25T06:00:00.000Z"],
    // An end that the clock skips is later by the hour that is missing.
    ["2026-03-29T00:30:00Z", { quietFrom: "22:00", quietTo: "02:30" }, "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
    ["2026-03-29T00:30:00Z", night, "Europe/Berlin", "2026-03-29T05:00:00.000Z"],
    ["2026-11-29T23:30:00Z", { quietFrom: null, quietTo: null }, "UTC", "2026-11-29T23:30:00.000Z"],
  ])("a message of %s may be sent", (at, hours, zone, when) => {
    expect(afterQuietHours(new Date(at), hours, zone).toISOString()).toBe(when);
  });
});

describe("addresses outside", () => {
  it.each([
    "10.1.2.3",
    "127.0.0.1",
    "0.0.0.0",
    "169.254.169.254",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "not an address",
  ])("%s is none", (address) => expect(isOutside(address)).toBe(false));
  it.each(["93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:2800:220:1::1"])("%s is one", (address) =>
    expect(isOutside(address)).toBe(true),
  );
  it("a host that is not known is refused with what to check", async () => {
    expect(await findOutside("no-such-host.invalid", [])).toContain("is not known");
  });
});
