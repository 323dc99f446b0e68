import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/** How long a test waits for what has to come: a slow machine must not fail it. */
const PATIENCE_MS = 30_000;

let standIn: Server;
let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
let sockets: Socket[];
/** What the stand-in of the console says of a session. */
let verdict: "signed-in" | "signed-out" | "failing" | "silent" | "late with its body" | "broken off";
/** Checks of sessions, by cookie, that the stand-in was asked for. */
let checks: Map<string, number>;
let unanswered: ServerResponse[];

beforeEach(async () => {
  sockets = [];
  checks = new Map();
  unanswered = [];
  verdict = "signed-in";
  standIn = createServer(({ headers }, response) => {
    const name = headers.cookie ?? "";
    checks.set(name, (checks.get(name) ?? 0) + 1);
    if (verdict === "silent") unanswered.push(response);
    else if (verdict === "late with its body" || verdict === "broken off") beginAnswer(response);
    else answer(response, name);
  });
  await new Promise<void>((resolve) => standIn.listen(0, "127.0.0.1", resolve));
  const { port } = standIn.address() as AddressInfo;
  upstream = await startScriptedUpstream();
  const env = { CCO_CONSOLE_URL: `http://127.0.0.1:${port}`, CCO_PUBLIC_URL: "http://cco.example" };
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, env });
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await proxy.end();
  await upstream.close();
  standIn.closeAllConnections();
  standIn.close();
});

/** Each session is another person's. */
function answer(response: ServerResponse, cookie = "one"): void {
  const status = verdict === "signed-in" ? 200 : verdict === "signed-out" ? 401 : 503;
  const body = verdict === "signed-in" ? { person: { id: `per_${cookie}` }, role: "admin" } : {};
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** The head, and a part of the body. */
function beginAnswer(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
  response.write('{"person":', () => verdict === "broken off" && response.destroy());
}

function openStream(cookie: string) {
  const socket = connect({ port: proxy.port, host: "127.0.0.1" });
  const stream = { socket, got: "" };
  socket.on("error", () => {});
  socket.on("data", (part) => {
    stream.got += part.toString("latin1");
  });
  socket.write(`GET /api/stream HTTP/1.1\r\nHost: cco.example\r\nCookie: cco.session=${cookie}\r\n\r\n`);
  sockets.push(socket);
  return stream;
}

const countChecks = (cookie: string) => checks.get(`cco.session=${cookie}`) ?? 0;

it("forgets a caller of the event stream who left while the session was checked", async () => {
  verdict = "silent";
  // As many as are checked at once for callers of one address.
  const leavers = Array.from({ length: 6 }, (_, at) => openStream(`leaver${at}`));
  await until(() => unanswered.length === leavers.length, PATIENCE_MS);
  for (const { socket } of leavers) socket.resetAndDestroy();
  await until(async () => (await fetch(`${proxy.url}/livez`)).ok, PATIENCE_MS);
  verdict = "signed-in";
  for (const response of unanswered.splice(0)) answer(response);
  const reader = openStream("reader");
  await until(() => reader.got.includes("retry: 2000"), PATIENCE_MS);

  // A stream that is open is checked again every few seconds: those who left are not.
  const before = countChecks("reader");
  await until(() => countChecks("reader") >= before + 2, PATIENCE_MS);

  expect(leavers.map((_, at) => countChecks(`leaver${at}`))).toEqual(leavers.map(() => 1));
});

it.each(["failing", "silent", "late with its body", "broken off"] as const)(
  "keeps the stream of a signed-in person open while the console is %s, and refuses a new one with 503",
  async (state) => {
    const reader = openStream("reader");
    await until(() => reader.got.includes("retry: 2000"), PATIENCE_MS);
    verdict = state;
    const before = countChecks("reader");
    await until(() => countChecks("reader") >= before + 2, PATIENCE_MS);
    const late = openStream("late");
    await until(() => late.got.startsWith("HTTP/1.1 "), PATIENCE_MS);

    expect(late.got).toMatch(/^HTTP\/1\.1 503 /);
    expect(reader.got).not.toContain("Sign in again");
    expect(reader.socket.readableEnded).toBe(false);
  },
);

it("ends the stream of a person who is signed out", async () => {
  const reader = openStream("reader");
  await until(() => reader.got.includes("retry: 2000"), PATIENCE_MS);
  verdict = "signed-out";

  await until(() => reader.got.includes("Sign in again to go on."), PATIENCE_MS);
});

it("serves a new reader while another one holds every place, whose oldest stream ends and no other", async () => {
  const bystander = openStream("bystander");
  await until(() => bystander.got.includes("retry: 2000"), PATIENCE_MS);
  const greedy = Array.from({ length: 199 }, () => openStream("greedy"));
  await until(() => greedy.every(({ got }) => got.includes("retry: 2000")), PATIENCE_MS);
  const newcomer = openStream("newcomer");
  await until(() => newcomer.got.includes("retry: 2000"), PATIENCE_MS);
  await until(
    () => greedy.some(({ got }) => got.includes("Another window or script of yours took the place")),
    PATIENCE_MS,
  );
  const evicted = greedy.filter(({ got }) => got.includes("Another window"));
  await until(() => evicted.every(({ socket }) => socket.readableEnded), PATIENCE_MS);

  expect(evicted).toHaveLength(1);
  expect(bystander.got + newcomer.got).not.toContain("Another window");
});

it("checks a session once for streams that differ in other cookies, and asks nothing without a session", async () => {
  verdict = "silent";
  const other = (at: number) => (at % 2 === 0 ? `other=${at}` : `cco.session.${at}=x; __Host-cco.session=${at}`);
  const streams = Array.from({ length: 20 }, (_, at) => openStream(`same; ${other(at)}`));
  await until(() => unanswered.length > 0, PATIENCE_MS);
  await new Promise((resolve) => setImmediate(resolve));
  verdict = "signed-in";
  for (const response of unanswered.splice(0)) answer(response);
  await until(() => streams.every(({ got }) => got.includes("retry: 2000")), PATIENCE_MS);
  const stranger = await fetch(`${proxy.url}/api/stream`, { headers: { host: "cco.example", cookie: "other=1" } });

  expect(countChecks("same")).toBeLessThan(5);
  expect(stranger.status).not.toBe(200);
  expect([...checks.keys()].filter((cookie) => !cookie.startsWith("cco.session="))).toEqual([]);
});
