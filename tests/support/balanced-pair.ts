import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueProxyKey } from "#control/keys/issue.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { freePort } from "./free-port.ts";
import { freshRequest } from "./fresh-request.ts";
import { type PostgresqlServer, startPostgresql } from "./postgresql.ts";
import { ONE_RULE, type ProxyProcess, startProxy, until } from "./proxy-process.ts";
import { RawClient, rawMessage } from "./raw-client.ts";
import { sharedWorld } from "./shared-world.ts";

/** The name people use in the shipped configurations. */
export const HOST = "cco.example";

/** Above what a load asks for, so that every request is counted and none refused for it. */
const RATE = 100_000;

/** Starts a balancer in a folder, from the shipped text with ports of this machine in it. */
export type StartBalancer = (folder: string, text: string) => { stop(): Promise<void> };

/** A shipped configuration whose addresses became those of this test; fails when it names others than expected. */
function placed(shipped: string, listen: number, [first = 0, second = 0]: readonly number[]): string {
  const replaced = [
    ["10.77.30.11:3000", `127.0.0.1:${first}`],
    ["10.77.30.12:3000", `127.0.0.1:${second}`],
    [/(listen|bind) (\*?:)?80\b/, `$1 127.0.0.1:${listen}`],
  ] as const;
  return replaced.reduce((text, [from, to]) => {
    const next = text.replace(from, to);
    if (next === text) throw new Error(`the configuration has no ${from}`);
    return next;
  }, shipped);
}

/** Two CCO on one PostgreSQL behind a balancer with a shipped configuration; the second has two workers. */
export class BalancedPair {
  private readonly folder = mkdtempSync(join(tmpdir(), "cco-balanced-"));
  private readonly instances: ProxyProcess[] = [];
  private stopBalancer = async () => {};
  private shipped = "";
  private startBalancer: StartBalancer | null = null;
  private mocked: Mock | null = null;
  private server: PostgresqlServer | null = null;
  private databaseUrl = "";
  private ports: number[] = [];
  /** Of the balancer. */
  port = 0;
  /** What the instances get beside what the pair itself says. */
  private env: Readonly<Record<string, string>> = {};
  /** A proxy key of both. */
  keySecret = "";
  /** An owner's access token. */
  accessToken = "";

  get mock(): Mock {
    if (this.mocked === null) throw new Error("the pair was not started");
    return this.mocked;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** `prepare` names, from the database's address, what else the instances are started with: another way to it, for one. */
  async start(
    shipped: string,
    startBalancer: StartBalancer,
    prepare: (databaseUrl: string) => Promise<Record<string, string>> = async () => ({}),
  ): Promise<void> {
    this.shipped = shipped;
    this.startBalancer = startBalancer;
    this.mocked = await startMock({ record: false });
    this.server = await startPostgresql();
    this.databaseUrl = await this.server.newDatabase();
    const { world, end } = await sharedWorld(this.databaseUrl);
    const owner = await world.person("owner");
    this.accessToken = (await issueAccessToken(owner, { name: "Terminal" }, world.deps)).secret;
    this.keySecret = (await issueProxyKey(owner, { name: "Restart", requestsPerMinute: RATE }, world.deps)).secret;
    await end();
    this.env = await prepare(this.databaseUrl);
    this.ports = [await freePort(), await freePort()];
    this.port = await freePort();
    for (const at of [0, 1]) mkdirSync(join(this.folder, String(at)));
    for (const at of [0, 1]) this.instances[at] = await this.startInstance(at);
    this.stopBalancer = startBalancer(join(this.folder, "balancer"), placed(shipped, this.port, this.ports)).stop;
    await until(() =>
      this.get("/readyz").then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop()));
    await this.stopBalancer();
    await this.mocked?.close();
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Stops one instance and starts it again. It stops in order unless another signal is given. Resolves with the exit
   * code of the stop once the new one is ready.
   */
  async restart(at: number, signal?: NodeJS.Signals): Promise<number | null> {
    const code = (await this.instances[at]?.stop(signal)) ?? null;
    this.instances[at] = await this.startInstance(at);
    return code;
  }

  instance(at: number): ProxyProcess {
    const found = this.instances[at];
    if (found === undefined) throw new Error(`there is no instance ${at}`);
    return found;
  }

  /** A second balancer with the same text, in front of another server twice. */
  async balancerBefore(port: number): Promise<{ url: string; stop(): Promise<void> }> {
    const listen = await freePort();
    const text = placed(this.shipped, listen, [port, port]);
    if (this.startBalancer === null) throw new Error("the pair was not started");
    const { stop } = this.startBalancer(join(this.folder, `balancer-${listen}`), text);
    return { url: `http://127.0.0.1:${listen}`, stop };
  }

  get(path: string) {
    return freshRequest(`${this.url}${path}`, { headers: { host: HOST } });
  }

  private startInstance(at: number): Promise<ProxyProcess> {
    return startProxy({
      upstreamUrl: this.mock.url,
      rules: ONE_RULE,
      dataDir: join(this.folder, String(at)),
      env: {
        CCO_WORKERS: String(at + 1),
        CCO_PORT: String(this.ports[at]),
        CCO_PUBLIC_URL: `http://${HOST}`,
        CCO_REQUIRE_KEY: "0",
        CCO_TRUSTED_PROXIES: "127.0.0.1",
        DATABASE_URL: this.databaseUrl,
        ANTHROPIC_API_KEY: "sk-operator",
        ...this.env,
      },
    });
  }
}

const CLIENTS = 12;
const CONNECTING = 4;
const STREAMS = 6;

export const buildHeaders = (id: number | string) => ({
  host: HOST,
  "anthropic-version": "2023-06-01",
  "x-mock-id": `request-${id}`,
});
export const buildBody = (id: number | string, stream: boolean) =>
  JSON.stringify({ model: "claude-opus-5-5", stream, max_tokens: 9, messages: [{ role: "user", content: `${id}` }] });

/** Requests on kept connections, on new ones with proxy keys, and streams, all without a pause until it is over. */
export class SteadyLoad {
  asked = 0;
  /** Turned away before anything was sent to the provider. */
  readonly turnedAway: string[] = [];
  /** Begun and not finished. */
  readonly broken: number[] = [];
  private isOver = false;
  private readonly callers: Promise<void>[];

  /** `name` marks its requests where several loads share one provider. */
  constructor(
    private readonly pair: BalancedPair,
    private readonly name = "",
  ) {
    this.callers = [
      ...Array.from({ length: CLIENTS }, () => this.keepAsking()),
      ...Array.from({ length: CONNECTING }, () => this.keepConnecting()),
      ...Array.from({ length: STREAMS }, () => this.keepStreaming()),
    ];
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.callers);
  }

  /** Requests that reached the provider never, or more than once. */
  notOnce(): number[] {
    const received = (id: number) => this.pair.mock.served.get(`request-${this.marked(id)}`)?.received ?? 0;
    return Array.from({ length: this.asked }, (_, at) => at + 1).filter((id) => received(id) !== 1);
  }

  private readonly marked = (id: number): string => `${this.name.replaceAll(" ", "-")}${id}`;

  /** Small requests, one after the other, on one connection to the balancer. */
  private async keepAsking(): Promise<void> {
    const connection = new RawClient(this.pair.port);
    while (!this.isOver) {
      const id = ++this.asked;
      const sent = connection.send(rawMessage(this.pair.port, buildBody(id, false), buildHeaders(this.marked(id))));
      const status = await sent.then((answer) => answer.status).catch((problem: Error) => problem.message);
      if (status !== 200) this.turnedAway.push(`${id}: ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    connection.end();
  }

  /** Small requests with a proxy key, each on a new connection to the balancer. */
  private async keepConnecting(): Promise<void> {
    while (!this.isOver) {
      const id = ++this.asked;
      const headers = {
        ...buildHeaders(this.marked(id)),
        "x-api-key": this.pair.keySecret,
        "content-type": "application/json",
      };
      const sent = { method: "POST", headers, body: buildBody(id, false) };
      const answer = await freshRequest(`${this.pair.url}/v1/messages`, sent).catch((problem: Error) => problem);
      if (answer instanceof Error) this.turnedAway.push(`${id}: ${answer.message}`);
      else if (answer.status !== 200) this.turnedAway.push(`${id}: ${answer.status} ${answer.text.slice(0, 200)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Streams of a few seconds, one after the other; each outlives the SIGTERM of its instance. */
  private async keepStreaming(): Promise<void> {
    while (!this.isOver) {
      const id = ++this.asked;
      const credentials = { "x-api-key": "sk-test", "content-type": "application/json", "x-mock-mood": "slow-300" };
      const sent = {
        method: "POST",
        headers: { ...buildHeaders(this.marked(id)), ...credentials },
        body: buildBody(id, true),
      };
      const answer = await freshRequest(`${this.pair.url}/v1/messages`, sent).catch(() => null);
      if (answer !== null && answer.status !== 200) this.turnedAway.push(`${id}: ${answer.status}`);
      else if (!answer?.text.includes("event: message_stop")) this.broken.push(id);
    }
  }
}
