import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { issueProxyKey } from "#control/keys/issue.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { freePort } from "./support/free-port.ts";
import { freshRequest } from "./support/fresh-request.ts";
import { startNginx } from "./support/nginx.ts";
import { type PostgresqlServer, startPostgresql } from "./support/postgresql.ts";
import { ONE_RULE, type ProxyProcess, startProxy, until } from "./support/proxy-process.ts";
import { RawClient, rawMessage } from "./support/raw-client.ts";
import { sharedWorld } from "./support/shared-world.ts";

const ROUNDS = 2;
const CLIENTS = 12;
const CONNECTING = 4;
const STREAMS = 6;
const HOST = "cco.example";

const page = readFileSync(join(import.meta.dirname, "../docs/howto/behind-nginx.md"), "utf8");
const documented = /```nginx\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

const folder = mkdtempSync(join(tmpdir(), "cco-nginx-"));
let mock: Mock;
let server: PostgresqlServer;
let databaseUrl = "";
let keySecret = "";
let nginxPort = 0;
let ports: number[] = [];
let instances: ProxyProcess[] = [];
let stopNginx = async () => {};

const startInstance = (at: number) =>
  startProxy({
    upstreamUrl: mock.url,
    rules: ONE_RULE,
    dataDir: join(folder, String(at)),
    env: {
      // One process in the first, two workers in the second.
      CCO_WORKERS: String(at + 1),
      CCO_PORT: String(ports[at]),
      CCO_PUBLIC_URL: `http://${HOST}`,
      CCO_TRUSTED_PROXIES: "127.0.0.1",
      DATABASE_URL: databaseUrl,
      ANTHROPIC_API_KEY: "sk-operator",
    },
  });

beforeAll(async () => {
  mock = await startMock({ record: false });
  server = await startPostgresql();
  databaseUrl = await server.newDatabase();
  const { world, end } = await sharedWorld(databaseUrl);
  keySecret = (await issueProxyKey(await world.person("owner"), { name: "Restart" }, world.deps)).secret;
  await end();
  ports = [await freePort(), await freePort()];
  nginxPort = await freePort();
  for (const at of [0, 1]) mkdirSync(join(folder, String(at)));
  instances = [await startInstance(0), await startInstance(1)];
  const text = documented
    .replace("10.0.0.11:3000", `127.0.0.1:${ports[0]}`)
    .replace("10.0.0.12:3000", `127.0.0.1:${ports[1]}`)
    .replace("listen 80;", `listen 127.0.0.1:${nginxPort};`);
  stopNginx = startNginx(join(folder, "nginx"), text).stop;
  await until(() =>
    freshRequest(`http://127.0.0.1:${nginxPort}/readyz`, { headers: { host: HOST } }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});

afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  await stopNginx();
  await mock?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let asked = 0;
/** Turned away before anything was sent to the provider. */
const turnedAway: number[] = [];
/** Begun and not finished. */
const broken: number[] = [];
let isOver = false;

const headersOf = (id: number) => ({ host: HOST, "anthropic-version": "2023-06-01", "x-mock-id": `request-${id}` });
const bodyOf = (id: number, stream: boolean) =>
  JSON.stringify({ model: "claude-opus-5-5", stream, max_tokens: 9, messages: [{ role: "user", content: `${id}` }] });

/** Small requests, one after the other, on one connection to nginx. */
async function keepAsking(): Promise<void> {
  const connection = new RawClient(nginxPort);
  while (!isOver) {
    const id = ++asked;
    const { status } = await connection.send(rawMessage(nginxPort, bodyOf(id, false), headersOf(id)));
    if (status !== 200) turnedAway.push(id);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  connection.end();
}

/** Small requests with a proxy key, each on a new connection to nginx. */
async function keepConnecting(): Promise<void> {
  while (!isOver) {
    const id = ++asked;
    const headers = { ...headersOf(id), "x-api-key": keySecret, "content-type": "application/json" };
    const answer = await freshRequest(`http://127.0.0.1:${nginxPort}/v1/messages`, {
      method: "POST",
      headers,
      body: bodyOf(id, false),
    }).catch(() => null);
    if (answer?.status !== 200) turnedAway.push(id);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Streams of a few seconds, one after the other; each outlives the SIGTERM of its instance. */
async function keepStreaming(): Promise<void> {
  while (!isOver) {
    const id = ++asked;
    const headers = {
      ...headersOf(id),
      "x-api-key": "sk-test",
      "content-type": "application/json",
      "x-mock-mood": "slow-300",
    };
    const answer = await freshRequest(`http://127.0.0.1:${nginxPort}/v1/messages`, {
      method: "POST",
      headers,
      body: bodyOf(id, true),
    }).catch(() => null);
    if (answer !== null && answer.status !== 200) turnedAway.push(id);
    else if (!answer?.text.includes("event: message_stop")) broken.push(id);
  }
}

it("two instances behind the documented nginx restart in turn under load without one failed request", {
  timeout: 120_000,
}, async () => {
  const callers = [
    ...Array.from({ length: CLIENTS }, keepAsking),
    ...Array.from({ length: CONNECTING }, keepConnecting),
    ...Array.from({ length: STREAMS }, keepStreaming),
  ];
  await until(() => asked > 100);

  for (let round = 0; round < ROUNDS; round++) {
    for (const at of [0, 1]) {
      expect(await instances[at]?.stop()).toBe(0);
      instances[at] = await startInstance(at);
    }
  }
  isOver = true;
  await Promise.all(callers);

  console.log(`${asked} requests through ${ROUNDS * 2} restarts: ${turnedAway.length} turned away`);
  expect(broken).toEqual([]);
  expect(turnedAway).toEqual([]);
  const received = (id: number) => mock.served.get(`request-${id}`)?.received ?? 0;
  expect(Array.from({ length: asked }, (_, at) => at + 1).filter((id) => received(id) !== 1)).toEqual([]);
});
