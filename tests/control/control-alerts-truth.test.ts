// Long because it is every reason for which a message was missing, false or sent twice, on both databases.

import { afterEach, expect, it, vi } from "vitest";
import { changeAlert, snoozeAlert } from "#control/alerts/change.ts";
import { addChannel, testChannel } from "#control/alerts/channels.ts";
import { deliverAlerts } from "#control/alerts/deliver.ts";
import { readAlerts } from "#control/alerts/list.ts";
import { lookAtAlerts } from "#control/alerts/look.ts";
import { makeControlDeps } from "#control/deps.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { revokeKey } from "#control/keys/revoke.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { ControlSync } from "#proxy/ledger/thread/control-sync.ts";
import { removeInstancesSilentSince } from "#store/instances.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { startMailServer, startWebhookReceiver } from "#tests/support/alert-receivers.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const stop of stops.splice(0)) await stop();
});

/** Moves the clock to an instant, looks at the alerts, and sends. */
async function lookAt({ deps, wait }: ControlWorld, at: string): Promise<void> {
  wait(Date.parse(at) - deps.now().getTime());
  expect(await lookAtAlerts(deps)).toBe(true);
  await deliverAlerts(deps);
}

async function look({ deps, wait }: ControlWorld, ms = 30_000): Promise<void> {
  await lookAt({ deps, wait } as ControlWorld, new Date(deps.now().getTime() + ms).toISOString());
}

/** Records one request that ended a minute ago. */
async function record({ deps, record: write }: ControlWorld, fields: Partial<RequestEvent>): Promise<void> {
  const endedAtMs = deps.now().getTime() - MINUTE_MS;
  await write([pricedEvent({ id: `evt_${endedAtMs}`, startedAtMs: endedAtMs - 900, endedAtMs, ...fields })]);
}
const unpriced = (world: ControlWorld) => record(world, { requestedModel: "mythos", servedModel: "mythos" });
const spend = (world: ControlWorld, usd: number) =>
  record(world, { costNanoUsd: String(BigInt(usd) * 1_000_000_000n) });

/** One receiver of an alert. Returns what it was sent, in turn. */
async function watch(
  { deps, person }: ControlWorld,
  alert: string,
  channel: object = {},
  ...answer: Parameters<typeof startWebhookReceiver>
): Promise<{ admin: PersonActor; channelId: string; said(): string[] }> {
  deps.config.alerts = { smtpUrl: null, smtpFrom: "", hosts: ["127.0.0.1"] };
  const admin = await person("admin");
  const { url, received, stop } = await startWebhookReceiver(...answer);
  stops.push(stop);
  const { channel: added } = await addChannel(admin, { kind: "webhook", name: "Ops", url, ...channel }, deps);
  await changeAlert(admin, alert, { channels: [added.id] }, deps);
  const said = () => received.map(({ body }) => JSON.parse(body)).map(({ type, data }) => `${type}: ${data.title}`);
  return { admin, channelId: added.id, said };
}

const proxy = (seenAt: Date) => ({
  id: "ins_1",
  hostname: "a",
  pid: 1,
  startedAt: new Date(0),
  seenAt,
  fileReadOnly: false,
});

onBothDatabases((world) => {
  it("what began and ended within a snooze keeps nothing quiet: the next one in the open is sent", async () => {
    const { deps, wait } = world();
    wait(-21 * DAY_MS);
    await spend(world(), 1);
    wait(21 * DAY_MS);
    const { admin, said } = await watch(world(), "spend-anomaly");
    await snoozeAlert(admin, "spend-anomaly", { hours: 2 }, deps);
    wait(5 * MINUTE_MS);
    await spend(world(), 50);
    await look(world());
    await lookAt(world(), "2026-11-22T13:45:00Z");
    await lookAt(world(), "2026-11-22T14:07:00Z");
    expect(said()).toEqual([]);
    await spend(world(), 500);
    await lookAt(world(), "2026-11-22T14:08:00Z");
    expect(said()).toEqual([expect.stringContaining("alert.fired: $500")]);
    await lookAt(world(), "2026-11-22T15:45:00Z");
    await spend(world(), 600);
    await lookAt(world(), "2026-11-22T15:46:00Z");
    expect(said()).toHaveLength(2);
    const { rules } = await readAlerts(admin, deps);
    const rule = rules.find(({ id }) => id === "spend-anomaly");
    expect(rule).toMatchObject({ state: "over-quiet", mayFireAt: "2026-11-22T20:08:00.000Z" });
  });

  it.each([2, 6])("what was silent in quiet hours only is sent after them, with a cool-down of %d h", async (hours) => {
    const { deps } = world();
    deps.config.reportingZone = "Europe/Berlin";
    const { admin, said } = await watch(world(), "instance-silent", { quietFrom: "22:00", quietTo: "07:00" });
    await changeAlert(admin, "instance-silent", { coolDownS: hours * 3_600 }, deps);
    const seen = (at: string) => deps.db.instance.updateMany({ data: { seenAt: new Date(at) } });
    await deps.db.instance.create({ data: proxy(new Date("2026-11-23T05:05:00Z")) });
    await lookAt(world(), "2026-11-23T05:10:00Z");
    await seen("2026-11-23T05:40:00Z");
    await lookAt(world(), "2026-11-23T05:40:00Z");
    // Again within the quiet hours: sent at their end, though it fired shortly before.
    await lookAt(world(), "2026-11-23T05:50:00Z");
    await lookAt(world(), "2026-11-23T05:59:00Z");
    expect(said()).toEqual([]);
    await seen("2026-11-23T06:00:00Z");
    await lookAt(world(), "2026-11-23T06:00:00Z");
    await lookAt(world(), "2026-11-23T06:05:00Z");
    expect(said()).toEqual([expect.stringContaining("alert.fired: The proxy ins_1")]);
  });

  it("what no channel was sent, or took, keeps nothing quiet for a channel", async () => {
    const { deps } = world();
    const { admin, channelId, said } = await watch(world(), "unpriced-model", {}, (count) => (count <= 6 ? 500 : 200));
    await changeAlert(admin, "unpriced-model", { channels: [], coolDownS: 30 * 86_400 }, deps);
    await unpriced(world());
    await look(world());
    await look(world(), 25 * HOUR_MS);
    await changeAlert(admin, "unpriced-model", { channels: [channelId] }, deps);
    await unpriced(world());
    await look(world());
    for (let turn = 0; turn < 5; turn += 1) {
      world().wait(2 * HOUR_MS);
      await deliverAlerts(deps);
    }
    expect(said()).toHaveLength(6);
    await look(world(), 25 * HOUR_MS);
    await unpriced(world());
    await look(world());
    expect(said().map((text) => text.split(":")[0])).toEqual([
      ...Array.from({ length: 6 }, () => "alert.fired"),
      "alert.ended",
      "alert.fired",
    ]);
  });

  it("a channel that was in its quiet hours is sent the next one, and one that was sent the last waits for its cool-down", async () => {
    const { deps } = world();
    const open = await watch(world(), "unpriced-model");
    const quiet = await watch(world(), "unpriced-model", { quietFrom: "12:00", quietTo: "14:00" });
    const channels = [open.channelId, quiet.channelId];
    await changeAlert(open.admin, "unpriced-model", { channels, coolDownS: 30 * 3_600 }, deps);
    await unpriced(world());
    await look(world());
    await look(world(), 25 * HOUR_MS);
    expect([open.said().length, quiet.said().length]).toEqual([2, 0]);
    world().wait(2 * HOUR_MS);
    await unpriced(world());
    await look(world());
    await snoozeAlert(open.admin, "unpriced-model", { hours: 0 }, deps);
    await deliverAlerts(deps);
    expect([open.said().length, quiet.said().length]).toEqual([2, 1]);
    await look(world(), 3 * HOUR_MS);
    expect([open.said().length, quiet.said().length]).toEqual([3, 1]);
  });

  it("an e-mail that one recipient refuses reaches each other one once, and that one when it is taken", async () => {
    const { deps } = world();
    const mail = await startMailServer("right", { refuses: "bob@example.com" });
    stops.push(mail.stop);
    deps.config.alerts = { smtpUrl: mail.url("right"), smtpFrom: "CCO <cco@example.com>", hosts: [] };
    const admin = await world().person("admin");
    const to = ["ada@example.com", "bob@example.com", "cy@example.com"];
    const { channel } = await addChannel(admin, { kind: "email", name: "Admins", to }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world());
    await look(world());
    const readDelivery = async () => (await readAlerts(admin, deps)).history[0]?.deliveries[0];
    const refused = "refuses recipient 2 of 3 (at example.com)";
    expect(await readDelivery()).toMatchObject({ state: "waiting", problem: expect.stringContaining(refused) });
    expect(JSON.stringify(await deps.db.alertDelivery.findMany())).not.toContain("ada@");
    world().wait(10_000);
    await deliverAlerts(deps);
    mail.refused.clear();
    world().wait(HOUR_MS);
    await deliverAlerts(deps);
    expect(mail.mails.map((one) => one.to)).toEqual([["ada@example.com", "cy@example.com"], ["bob@example.com"]]);
    expect(await readDelivery()).toMatchObject({ state: "sent", tries: 3, problem: null });
  });

  it("an e-mail that one recipient refuses at each try was sent in part, and says to whom it was not", async () => {
    const { deps } = world();
    const mail = await startMailServer("right", { refuses: "bob@example.com" });
    stops.push(mail.stop);
    deps.config.alerts = { smtpUrl: mail.url("right"), smtpFrom: "CCO <cco@example.com>", hosts: [] };
    const admin = await world().person("admin");
    const to = ["ada@example.com", "bob@example.com"];
    const { channel } = await addChannel(admin, { kind: "email", name: "Admins", to }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world());
    await look(world());
    for (let turn = 0; turn < 6; turn += 1) {
      world().wait(2 * HOUR_MS);
      await deliverAlerts(deps);
    }
    expect(mail.mails.map((one) => one.to)).toEqual([["ada@example.com"]]);
    const [delivery] = (await readAlerts(admin, deps)).history[0]?.deliveries ?? [];
    const problem = expect.stringContaining("refuses recipient 2 of 2");
    expect(delivery).toMatchObject({ state: "sent", tries: 6, problem });
  });

  it("instances whose clocks differ by twenty minutes send each message once", async () => {
    const { deps, databaseUrl } = world();
    let answer: () => void = () => {};
    const answered = new Promise<number>((resolve) => {
      answer = () => resolve(200);
    });
    const { said } = await watch(world(), "unpriced-model", {}, () => answered);
    await deps.db.instance.create({ data: proxy(new Date(deps.now().getTime() + 20_000)) });
    await unpriced(world());
    world().wait(30_000);
    const off = (ms: number) =>
      makeControlDeps({ ...deps.config, databaseUrl }, () => new Date(deps.now().getTime() + ms), {}, deps.sharedNow);
    const others = [await off(10 * MINUTE_MS), await off(-10 * MINUTE_MS)];
    try {
      const looks = [];
      for (const each of others) looks.push(await lookAtAlerts(each));
      expect(looks).toEqual([true, false]);
      const first = deliverAlerts(others[0] ?? deps);
      await expect.poll(said).toHaveLength(1);
      const second = deliverAlerts(others[1] ?? deps);
      await second;
      answer();
      await first;
      for (const each of others) await deliverAlerts(each);
    } finally {
      for (const each of others) await each.db.$disconnect();
    }
    expect(said()).toHaveLength(1);
    const admin = await world().person("admin");
    expect((await readAlerts(admin, deps)).history.map(({ ruleId }) => ruleId)).toEqual(["unpriced-model"]);
  });

  it("what a proxy and a console whose clock is wrong note goes by the clock of a database server", async () => {
    const { databaseUrl, deps } = world();
    if (deps.config.databaseKind === "sqlite") return;
    const realMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: realMs + 10 * MINUTE_MS });
    const console = await makeControlDeps({ ...deps.config, databaseUrl });
    const connection = await openSqlConnection(databaseUrl);
    const sync = new ControlSync({ instanceId: "ins_1" } as never, () => {});
    const report = { hostname: "a", pid: 1, startedAtMs: 0, rulesVersion: 1, rulesHash: null, rulesProblem: null };
    try {
      await sync.handle(connection, { kind: "instance", report: { ...report, fileReadOnly: false } });
      await sync.signOfLife(connection, (nowMs) => ({ bytes: 1, oldestMs: nowMs - 5_000 }) as never);
      const off = (at: Date | null | undefined) => Math.abs((at?.getTime() ?? 0) - realMs);
      expect(off(await console.sharedNow())).toBeLessThan(5 * MINUTE_MS);
      const [row] = await deps.db.instance.findMany();
      expect([off(row?.seenAt) < 5 * MINUTE_MS, off(row?.oldestWaitingAt) < 5 * MINUTE_MS]).toEqual([true, true]);
    } finally {
      await connection.close();
      await console.db.$disconnect();
    }
  });

  it("an alert that is switched off sends nothing more, and the history says so", async () => {
    const { deps } = world();
    const { admin, said } = await watch(world(), "unpriced-model");
    await unpriced(world());
    await look(world());
    await changeAlert(admin, "unpriced-model", { isOn: false }, deps);
    await look(world());
    await look(world(), 26 * HOUR_MS);
    expect(said()).toHaveLength(1);
    const { firing, history } = await readAlerts(admin, deps);
    expect(firing).toEqual([]);
    expect(history[0]).toMatchObject({ endedBy: "switched-off", endedAt: expect.any(String) });
  });

  it("too small a sample ends nothing: what fires goes on until it is known to be over", async () => {
    const { deps } = world();
    const nowMs = deps.now().getTime();
    const { admin, said } = await watch(world(), "spend-anomaly");
    world().wait(-21 * DAY_MS);
    await spend(world(), 1);
    world().wait(nowMs - deps.now().getTime());
    await spend(world(), 50);
    await look(world());
    await changeAlert(admin, "spend-anomaly", { minimumSample: 8 }, deps);
    await look(world());
    const { firing, rules } = await readAlerts(admin, deps);
    expect(said()).toHaveLength(1);
    expect(firing[0]).toMatchObject({ endedAt: null, now: null, isWithinNow: false });
    expect(rules.find(({ id }) => id === "spend-anomaly")?.state).toBe("firing");
    await changeAlert(admin, "spend-anomaly", { minimumSample: 2 }, deps);
    // The first look after a change closes what is within the new bounds, and says nothing of it.
    await look(world());
    await look(world(), 3 * HOUR_MS);
    expect(said().map((text) => text.split(":")[0])).toEqual(["alert.fired", "alert.ended"]);
  });

  it("a backlog of a proxy that is silent by now has not ended, until it says so or signs off", async () => {
    const { deps } = world();
    const { said } = await watch(world(), "spool-backlog");
    const seenAt = deps.now();
    const oldestWaitingAt = new Date(seenAt.getTime() - 2 * MINUTE_MS);
    await deps.db.instance.create({ data: { ...proxy(seenAt), waitingBytes: 9n, oldestWaitingAt } });
    await look(world());
    await look(world(), 70_000);
    await look(world(), 10 * MINUTE_MS);
    await look(world(), 10 * MINUTE_MS);
    expect(said()).toHaveLength(1);
    await deps.db.instance.deleteMany();
    await look(world());
    await look(world(), 70_000);
    expect(said()).toHaveLength(2);
  });

  it("an e-mail whose last try fails for all that are left says who lacks it", async () => {
    const { deps } = world();
    const mail = await startMailServer("right", { refuses: "bob@example.com" });
    stops.push(mail.stop);
    deps.config.alerts = { smtpUrl: mail.url("right"), smtpFrom: "CCO <cco@example.com>", hosts: [] };
    const admin = await world().person("admin");
    const to = ["ada@example.com", "bob@example.com", "cy@example.org"];
    const { channel } = await addChannel(admin, { kind: "email", name: "Admins", to }, deps);
    await changeAlert(admin, "unpriced-model", { channels: [channel.id] }, deps);
    await unpriced(world());
    mail.refused.add("cy@example.org");
    await look(world());
    mail.refused.clear();
    mail.mood.isBusy = true;
    for (let turn = 0; turn < 6; turn += 1) {
      world().wait(2 * HOUR_MS);
      await deliverAlerts(deps);
    }
    expect(mail.mails.map((one) => one.to)).toEqual([["ada@example.com"]]);
    const [delivery] = (await readAlerts(admin, deps)).history[0]?.deliveries ?? [];
    const lacking = "It is missing at the recipients 2 (at example.com) and 3 (at example.org), of 3.";
    const problem = `127.0.0.1:${mail.port} refuses the message: 451 4.3.0 Try again later. Look into the log of the mail server. ${lacking}`;
    expect(delivery).toMatchObject({ state: "sent", tries: 6, problem });
    deps.config.alerts.smtpUrl = null;
    await deps.db.alertDelivery.updateMany({ data: { state: "waiting", tries: 5 } });
    await deliverAlerts(deps);
    const [other] = (await readAlerts(admin, deps)).history[0]?.deliveries ?? [];
    expect(other).toMatchObject({ state: "sent", problem: expect.stringContaining(`There is no mail server`) });
    expect(other?.problem).toContain(lacking);
  });

  it("several refused recipients of an e-mail are named, three at most, and the others counted", async () => {
    const { deps } = world();
    const mail = await startMailServer("right", { refuses: "b@b.example" });
    stops.push(mail.stop);
    deps.config.alerts = { smtpUrl: mail.url("right"), smtpFrom: "CCO <cco@example.com>", hosts: [] };
    const admin = await world().person("admin");
    const readProblem = async (...to: string[]) => {
      const { channel } = await addChannel(admin, { kind: "email", name: "x", to }, deps);
      return (await testChannel(admin, channel.id, deps)).problem ?? "";
    };
    for (const name of ["c", "d", "e", "f"]) mail.refused.add(`${name}@${name}.example`);
    const all = ["a@a.example", "b@b.example", "c@c.example", "d@d.example", "e@e.example", "f@f.example"];
    expect(await readProblem(...all.slice(0, 4))).toContain(
      "refuses recipients 2 (at b.example), 3 (at c.example) and 4 (at d.example), of 4: 550",
    );
    expect(await readProblem(...all)).toContain(
      "refuses recipients 2 (at b.example), 3 (at c.example), 4 (at d.example) and 2 others, of 6: 550",
    );
    expect(await readProblem(...all.slice(1, 3))).toContain(
      "refuses recipients 1 (at b.example) and 2 (at c.example), of 2: 550 5.1.1 … unknown. Correct the addresses",
    );
  });

  it("a proxy that is silent fires on, is not forgotten while it does, and is given up in words after 7 days", async () => {
    const { deps, databaseUrl } = world();
    const { admin, said } = await watch(world(), "instance-silent");
    const seenAt = deps.now();
    await deps.db.instance.create({ data: proxy(seenAt) });
    await look(world(), 70_000);
    await look(world(), 7 * DAY_MS - 80_000);
    expect(said()).toEqual(["alert.fired: The proxy ins_1 on a has not reported for 1 min"]);
    // Another proxy starts before the next look.
    const connection = await openSqlConnection(databaseUrl);
    try {
      world().wait(HOUR_MS);
      await removeInstancesSilentSince(connection, new Date(deps.now().getTime() - 7 * DAY_MS));
      expect(await deps.db.instance.count()).toBe(1);
      await look(world());
      const words = "Given up: silent for 7 days, not counted any more. When it fired: The proxy ins_1 on a has not";
      expect(said().slice(1)).toEqual([expect.stringContaining(`alert.ended: ${words}`)]);
      const { firing, history, rules } = await readAlerts(admin, deps);
      expect([firing, history[0]?.endedBy]).toEqual([[], "given-up"]);
      const rule = rules.find(({ id }) => id === "instance-silent");
      expect(rule).toMatchObject({ state: "ok", now: "0 of 0 respond; 1 given up" });
      await look(world());
      expect(said()).toHaveLength(2);
      await removeInstancesSilentSince(connection, new Date(deps.now().getTime() - 7 * DAY_MS));
      expect(await deps.db.instance.count()).toBe(0);
    } finally {
      await connection.close();
    }
  });

  it("a proxy that was taken over has ended, also after it was silent", async () => {
    const { deps } = world();
    const { admin, said } = await watch(world(), "instance-silent");
    await deps.db.instance.create({ data: proxy(deps.now()) });
    await look(world(), 70_000);
    await deps.db.instance.deleteMany();
    await look(world());
    expect(said().map((text) => text.split(":")[0])).toEqual(["alert.fired", "alert.ended"]);
    expect((await readAlerts(admin, deps)).history[0]?.endedBy).toBeNull();
  });

  it("a backlog of a proxy that was silent for 7 days is given up, and not said to have ended", async () => {
    const { deps } = world();
    const { said } = await watch(world(), "spool-backlog");
    const seenAt = deps.now();
    const oldestWaitingAt = new Date(seenAt.getTime() - 2 * MINUTE_MS);
    await deps.db.instance.create({ data: { ...proxy(seenAt), waitingBytes: 9n, oldestWaitingAt } });
    await look(world());
    await look(world(), 70_000);
    await look(world(), 7 * DAY_MS - 5 * MINUTE_MS);
    expect(said()).toHaveLength(1);
    await look(world(), 5 * MINUTE_MS);
    expect(said().slice(1)).toEqual([expect.stringContaining("alert.ended: Given up: silent for 7 days, not counted")]);
  });

  it.each([
    ["is revoked", true, "alert.ended: The proxy key CI expires in 1 day"],
    [
      "is left for 7 days",
      false,
      "alert.ended: Given up: expired for 7 days and not revoked. When it fired: The proxy key",
    ],
  ])("a proxy key that expires fires on as expired until it %s", async (_, isRevoked, end) => {
    const { deps } = world();
    const { admin, said } = await watch(world(), "key-expiry");
    const expiresAt = new Date(deps.now().getTime() + 1.5 * DAY_MS);
    const { key } = await issueProxyKey(admin, { name: "CI", expiresInDays: 30 }, deps);
    await deps.db.proxyKey.updateMany({ where: { id: key.id }, data: { expiresAt } });
    await look(world());
    await look(world(), 1.5 * DAY_MS);
    await look(world(), 2 * HOUR_MS);
    expect(said()).toEqual(["alert.fired: The proxy key CI expires in 1 day"]);
    const { firing } = await readAlerts(admin, deps);
    expect(firing[0]?.now?.title).toBe("The proxy key CI expired 2 h ago");
    if (isRevoked) await revokeKey(admin, key.id, deps);
    await look(world(), isRevoked ? HOUR_MS : 7 * DAY_MS);
    expect(said().slice(1)).toEqual([expect.stringContaining(end)]);
    await look(world());
    expect(said()).toHaveLength(2);
  });

  it.each(["::1", "[::1]", "0:0::1"])("an IPv6 host is named as %s", async (host) => {
    const { deps } = world();
    const { url, received, stop } = await startWebhookReceiver(() => 200, "::1");
    stops.push(stop);
    deps.config.alerts = { smtpUrl: null, smtpFrom: "", hosts: [host] };
    const admin = await world().person("admin");
    const { channel } = await addChannel(admin, { kind: "webhook", name: "Six", url }, deps);
    expect(await testChannel(admin, channel.id, deps)).toMatchObject({ isSent: true, problem: null });
    expect(received).toHaveLength(1);
  });
});
