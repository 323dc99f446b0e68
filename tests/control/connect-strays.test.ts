import type { Socket } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TrustedProxies } from "#config/trusted-proxies.ts";
import { connectStatus } from "#control/connect/status.ts";
import type { Arrival } from "#core/connect/arrival.ts";
import { ArrivalLog } from "#proxy/server/arrivals.ts";
import { queryRows } from "#store/raw.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { eventually } from "#tests/support/scratch.ts";

let world: ControlWorld;
beforeEach(async () => {
  world = await makeControlWorld();
});
afterEach(() => world.end());

const refused = (over: Partial<Arrival> = {}): Arrival => ({
  atMs: world.deps.now().getTime() - 3_000,
  address: "10.20.4.31",
  reason: "no-key",
  client: "Claude Code 2.1.88",
  hasOwnCredential: true,
  method: "POST",
  path: "/v1/messages",
  ...over,
});

async function reported(...arrivals: Arrival[]): Promise<void> {
  const now = world.deps.now();
  await world.deps.db.instance.create({
    data: { id: "ins_1", hostname: "h", pid: 1, startedAt: now, seenAt: now, arrivals: JSON.stringify(arrivals) },
  });
}

const status = async (address: string | null) => {
  const actor = await world.person("developer");
  return connectStatus(actor, { since: world.deps.now().getTime() - 60_000 }, world.deps, address);
};

it("shows a refused request to a person at the address it came from", async () => {
  await reported(refused());

  expect((await status("10.20.4.31")).stray).toMatchObject({
    reason: "no-key",
    client: "Claude Code 2.1.88",
    agoMs: 3_000,
    hasOwnCredential: true,
  });
});

it("does not show a refused request to people at other addresses", async () => {
  await reported(refused());

  expect((await status("10.20.4.32")).stray).toBeNull();
  expect((await status(null)).stray).toBeNull();
});

it("treats the loopback addresses of one machine as one address", async () => {
  await reported(refused({ address: "127.0.0.1" }));

  expect((await status("::1")).stray?.reason).toBe("no-key");
});

it("hides requests refused before the page began to wait", async () => {
  await reported(refused({ atMs: world.deps.now().getTime() - 120_000 }));

  expect((await status("10.20.4.31")).stray).toBeNull();
});

it("ignores a report of an unknown shape", async () => {
  await reported();
  await queryRows(world.deps.db, "UPDATE instance SET arrivals = $1", ['{"not":"a list"}']);

  expect((await status("10.20.4.31")).stray).toBeNull();
});

it("has the proxy report which limit refused a request, and not whose", async () => {
  const reported: Arrival[] = [];
  const log = new ArrivalLog(
    { reportArrivals: (arrivals) => void reported.push(...arrivals) },
    new TrustedProxies([]),
    Date.now,
  );
  const socket = { remoteAddress: "10.20.4.31" } as Socket;
  const codes = [
    "key.too-fast",
    "key.too-many-open",
    "key.budget-taken",
    "key.budget-spent",
    "key.not-for-this",
  ] as const;
  try {
    for (const code of codes) log.note({ method: "POST", url: "/v1/messages", headers: {}, socket }, code);
    await eventually(() => expect(reported).toHaveLength(codes.length));
  } finally {
    log.stop();
  }

  expect(reported.map(({ reason }) => `key.${reason}`).sort()).toEqual([...codes].sort());
});

it("has the proxy report each kind of refusal with its reason, and no credential", async () => {
  const reported: Arrival[] = [];
  const spy = vi.spyOn(ArrivalLog.prototype, "note");
  const proxy = await startProxyInProcess({
    upstreamUrl: "http://127.0.0.1:9",
    rules: NO_RULES,
    env: { CCO_REQUIRE_KEY: "1" },
  });
  const log = new ArrivalLog(
    { reportArrivals: (arrivals) => void reported.push(...arrivals) },
    new TrustedProxies([]),
    Date.now,
  );
  const secret = "sk-ant-oat01-very-secret";
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(proxy.url + path, {
      method: "POST",
      body: "{}",
      headers: { "user-agent": "claude-cli/2.1.88 (external, cli)", "anthropic-version": "2023-06-01", ...headers },
    });
  try {
    await ask("/v1/messages", { authorization: `Bearer ${secret}` });
    await ask(`/nowhere/${secret}/at/../v1/messages/messages;${secret}?${secret}`);
    await ask("/nowhere/else/at/../v1/messages/messages");
    for (const [request, code] of spy.mock.calls.splice(0)) ArrivalLog.prototype.note.call(log, request, code);
    await eventually(() => expect(reported.length).toBeGreaterThanOrEqual(3));
  } finally {
    log.stop();
    spy.mockRestore();
    await proxy.end();
  }

  expect(reported.map(({ reason }) => reason).sort()).toEqual(["bad-key", "no-key", "wrong-path"]);
  for (const reason of ["bad-key", "wrong-path"])
    expect(reported.find((one) => one.reason === reason)).toMatchObject({ path: "/…/…/v1/messages/messages" });
  expect(reported.find(({ reason }) => reason === "no-key")).toMatchObject({
    client: "Claude Code 2.1.88",
    hasOwnCredential: true,
    path: "/v1/messages",
    address: "127.0.0.1",
  });
  expect(JSON.stringify(reported)).not.toContain(secret);
});
