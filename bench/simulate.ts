// A team at work in front of two instances: what believable sessions take of processors, memory and database.
//   node --import tsx bench/simulate.ts [developers=1000] [seconds=90]
// nginx with the shipped configuration, two CCO, PostgreSQL, Redis and a provider that answers in its own time, all on this
// machine. Long because a developer's day, the servers and the figures are one experiment.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { issueProxyKey } from "#control/keys/issue.ts";
import { readDatabaseSize } from "#store/database-size.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { freePort } from "#tests/support/free-port.ts";
import { listChildren } from "#tests/support/list-children.ts";
import { startNginx } from "#tests/support/nginx.ts";
import { startPostgresql } from "#tests/support/postgresql.ts";
import { ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { startRedis } from "#tests/support/redis.ts";
import { agentRequest } from "./agent-request.ts";

const root = join(import.meta.dirname, "..");
const option = (name: string, usual: number): number =>
  Number(process.argv.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? usual);
const developers = option("developers", 1_000);
const seconds = option("seconds", 90);
const RAMP_S = 30;

/**
 * Pace of a developer at the busiest hour. The developer reads and writes for 40 s, then lets the agent work through
 * some eight requests.
 */
const PAUSE_MEAN_S = 40;
const LOOP_MEAN = 8;
const ANSWER_MEDIAN_S = 5;
const ANSWER_SPREAD = 0.9;
const TOOL_S = 1;
const SUB_AGENTS_SHARE = 0.25;
const SUB_AGENTS = 3;
/** A session begins with the client's own prompt, grows with each request, and is compacted. */
const SIZES_KB = [20, 40, 60, 80, 100, 120, 150];
const GROWTH_KB = 4;
/** Events of an answer of the mock provider: it pauses before each. */
const EVENTS = 9;

const HOST = "cco.example";
const SESSION_MARK = "00000000-0000-4000-8000-000000000000";

const exponential = (mean: number): number => -Math.log(1 - Math.random()) * mean;
/** Log-normal: most answers are short, some take a minute. */
function answerSeconds(median: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Math.min(120, median * Math.exp(ANSWER_SPREAD * normal));
}

const bodies = new Map(
  SIZES_KB.map((kb) => {
    const { body } = agentRequest({ bytes: kb * 1_000, stream: true, session: SESSION_MARK });
    const bytes = Buffer.from(body);
    const places: number[] = [];
    for (let at = bytes.indexOf(SESSION_MARK); at !== -1; at = bytes.indexOf(SESSION_MARK, at + 1)) places.push(at);
    return [kb, { bytes, places }];
  }),
);

class Team {
  asked = 0;
  failed = new Map<string, number>();
  open = 0;
  openMost = 0;
  bytes = 0;
  /** Milliseconds to the first byte beyond the provider's own delay, of requests since `from`. */
  added: number[] = [];
  from = Number.POSITIVE_INFINITY;
  private isOver = false;
  private readonly over = new AbortController();
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 100_000 });

  constructor(
    private readonly port: number,
    private readonly keys: readonly string[],
  ) {
    // Every pause of every loop listens.
    setMaxListeners(0, this.over.signal);
  }

  async work(): Promise<void> {
    await Promise.all(this.keys.map((key) => this.developer(key)));
    this.agent.destroy();
  }

  private async developer(key: string): Promise<void> {
    await this.pause(Math.random() * RAMP_S);
    let session = randomUUID();
    let kb = 20;
    while (!this.isOver) {
      const requests = 1 + Math.floor(exponential(LOOP_MEAN - 1));
      const subAgents = Math.random() < SUB_AGENTS_SHARE ? SUB_AGENTS : 0;
      await Promise.all([
        this.loop(key, session, kb, requests),
        ...Array.from({ length: subAgents }, () => this.loop(key, session, 20, 5)),
      ]);
      kb += requests * GROWTH_KB;
      if (kb > 150) {
        kb = 20;
        session = randomUUID();
      }
      await this.pause(exponential(PAUSE_MEAN_S));
    }
  }

  private async loop(key: string, session: string, kb: number, requests: number): Promise<void> {
    for (let at = 0; at < requests && !this.isOver; at++) {
      await this.ask(key, session, kb + at * GROWTH_KB, answerSeconds(ANSWER_MEDIAN_S));
      await this.pause(exponential(TOOL_S));
    }
  }

  /** Asks nothing further; what is under way ends as it would. */
  end(): void {
    this.isOver = true;
    this.over.abort();
  }

  private async pause(pauseS: number): Promise<void> {
    await wait(pauseS * 1_000, undefined, { signal: this.over.signal }).catch(() => {});
  }

  private ask(key: string, session: string, kb: number, answerS: number): Promise<void> {
    const size = SIZES_KB.find((one) => one >= kb) ?? 150;
    const { bytes, places } = bodies.get(size) ?? { bytes: Buffer.alloc(0), places: [] };
    const body = Buffer.from(bytes);
    for (const place of places) body.write(session, place);
    const delayMs = Math.round((answerS * 1_000) / EVENTS);
    const { path, headers } = agentRequest({ bytes: 1, stream: true, session, key });
    const all = { ...headers, host: HOST, "content-length": body.length, "x-mock-mood": `slow-${delayMs}` };
    this.asked++;
    this.bytes += body.length;
    this.openMost = Math.max(this.openMost, ++this.open);
    const startedAt = performance.now();
    return new Promise((resolve) => {
      const ended = (problem: string | null) => {
        this.open--;
        if (problem !== null) this.failed.set(problem, (this.failed.get(problem) ?? 0) + 1);
        resolve();
      };
      const sent = request(
        { host: "127.0.0.1", port: this.port, method: "POST", path, headers: all, agent: this.agent },
        (answer) => {
          let isFirst = true;
          let end = "";
          answer.on("data", (part: Buffer) => {
            if (isFirst && startedAt >= this.from) this.added.push(performance.now() - startedAt - delayMs);
            isFirst = false;
            end = (end + part.toString("latin1")).slice(-200);
          });
          answer.on("error", (error) => ended(error.message));
          answer.on("end", () => {
            const isWhole = answer.statusCode === 200 && end.includes("message_stop");
            ended(isWhole ? null : `${answer.statusCode} ${answer.statusCode === 200 ? "cut" : end}`);
          });
        },
      );
      sent.on("error", (error) => ended(error.message));
      sent.end(body);
    });
  }
}

/** CPU seconds of a process and those that it started. */
function readCpu(pid: number): number {
  const own = (one: number) => {
    try {
      const fields = readFileSync(`/proc/${one}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
    } catch {
      return 0;
    }
  };
  return [pid, ...listChildren(pid)].reduce((sum, one) => sum + own(one), 0);
}

const residentMb = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_000);
const listening = (port: number): number =>
  listChildren(process.pid).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(String(port))) ?? 0;
const percentile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1);

/** Long because everything that is started is stopped here. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "cco-simulation-"));
  const server = await startPostgresql();
  const redis = await startRedis();
  const mockPort = await freePort();
  const mock = spawn(process.execPath, [join(root, "dist/mock.mjs")], {
    env: { ...process.env, MOCK_PORT: String(mockPort), MOCK_RECORD: "0" },
    stdio: "ignore",
  });
  const instances: ProxyProcess[] = [];
  let stopNginx = async () => {};
  try {
    const databaseUrl = await server.newMigratedDatabase();
    const keys = await makeKeys(databaseUrl);
    const ports = [await freePort(), await freePort()];
    for (const [at, port] of ports.entries()) {
      mkdirSync(join(folder, String(at)));
      instances.push(
        await startProxy({
          upstreamUrl: `http://127.0.0.1:${mockPort}`,
          rules: ONE_RULE,
          dataDir: join(folder, String(at)),
          env: {
            CCO_PORT: String(port),
            CCO_PUBLIC_URL: `http://${HOST}`,
            CCO_TRUSTED_PROXIES: "127.0.0.1",
            DATABASE_URL: databaseUrl,
            CCO_REDIS_URL: redis.url,
            ANTHROPIC_API_KEY: "sk-operator",
          },
        }),
      );
    }
    const port = await freePort();
    const shipped = readFileSync(join(root, "deploy/nginx/cco.conf"), "utf8")
      .replace("10.77.30.11:3000", `127.0.0.1:${ports[0]}`)
      .replace("10.77.30.12:3000", `127.0.0.1:${ports[1]}`)
      .replace(/listen 80\b/, `listen 127.0.0.1:${port}`);
    stopNginx = startNginx(join(folder, "nginx"), shipped, 16_384).stop;
    await measure(new Team(port, keys), {
      instances,
      databaseUrl,
      mock,
      nginxFolder: join(folder, "nginx"),
      redisPort: redis.port,
    });
  } finally {
    await stopNginx();
    await Promise.all(instances.map((instance) => instance.stop()));
    mock.kill();
    await redis.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeKeys(databaseUrl: string): Promise<string[]> {
  const world = await makeControlWorld({ databaseUrl });
  const owner = await world.person("owner");
  const keys: string[] = [];
  for (let at = 0; at < developers; at++)
    keys.push((await issueProxyKey(owner, { name: `Developer ${at}`, requestsPerMinute: 600 }, world.deps)).secret);
  await world.end();
  return keys;
}

interface Servers {
  instances: ProxyProcess[];
  databaseUrl: string;
  mock: ChildProcess;
  nginxFolder: string;
  redisPort: number;
}

async function measure(team: Team, servers: Servers): Promise<void> {
  const { instances, databaseUrl, mock } = servers;
  const nginx = Number(readFileSync(join(servers.nginxFolder, "pid"), "utf8"));
  const cpu = () => ({
    cco: instances.map(({ pid }) => readCpu(pid)),
    nginx: readCpu(nginx),
    redis: readCpu(listening(servers.redisPort)),
    mock: readCpu(mock.pid ?? 0),
    team: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
  });
  const connection = await openSqlConnection(databaseUrl);
  const emptyBytes = (await readDatabaseSize(connection, "postgresql")).bytes;
  const working = team.work();
  await wait(RAMP_S * 1_000);
  const [before, askedBefore, bytesBefore] = [cpu(), team.asked, team.bytes];
  team.from = performance.now();
  team.openMost = team.open;
  await wait(seconds * 1_000);
  const [after, asked] = [cpu(), team.asked - askedBefore];
  const resident = instances.map(({ pid }) => residentMb(pid));
  const megabytes = (team.bytes - bytesBefore) / 1e6;
  const { openMost } = team;
  team.end();
  await working;
  const added = [...team.added].sort((one, other) => one - other);
  const spent = (of: "nginx" | "redis" | "mock" | "team") =>
    `${(((after[of] - before[of]) / seconds) * 100).toFixed(0)} %`;
  const each = after.cco.map((now, at) => `${(((now - (before.cco[at] ?? 0)) / seconds) * 100).toFixed(0)} %`);
  console.log(
    `${developers} developers, ${seconds} s: ${asked} requests, ${(asked / seconds).toFixed(0)} a second, ${(megabytes / seconds).toFixed(1)} MB/s up, ${openMost} open at once`,
  );
  console.log(
    `first byte beyond the provider's own delay: p50 ${percentile(added, 0.5)} ms, p95 ${percentile(added, 0.95)} ms, p99 ${percentile(added, 0.99)} ms`,
  );
  console.log(
    `processor of one core: CCO ${each.join(" and ")}, nginx ${spent("nginx")}, Redis ${spent("redis")}, provider ${spent("mock")}, callers ${spent("team")}`,
  );
  console.log(`memory: CCO ${resident.join(" and ")} MB`);
  console.log(`failed: ${JSON.stringify(Object.fromEntries(team.failed))}`);
  await until(async () => Number((await connection.all("SELECT COUNT(*) AS n FROM event_row"))[0]?.n) >= team.asked);
  await connection.all("VACUUM ANALYZE");
  const { bytes } = await readDatabaseSize(connection, "postgresql");
  const verdict = await verifyLedger(connection);
  await connection.close();
  console.log(
    `books: ${verdict.events} of ${team.asked} events, ${verdict.ok ? "no difference" : "DIFFERENT"}; database ${Math.round((bytes - emptyBytes) / team.asked)} bytes a request`,
  );
}

await main();
