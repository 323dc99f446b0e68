import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { proxyCore, upstreamCore } from "./cores.ts";
import { inspectorLine } from "./inspector.ts";
import { findChild, type Running, start } from "./processes.ts";

export interface Target {
  name: string;
  url: string;
  /** Headers this target requires with each request. */
  headers: Readonly<Record<string, string>>;
  /** The process whose CPU and memory are counted; null for "direct". */
  pid: number | null;
  stop: () => Promise<void>;
}

export function startUpstream(): Promise<Running> {
  return start(upstreamCore, process.execPath, ["bench/upstream.mjs"], {}, /upstream on (\d+)/);
}

/** The upstream itself, as a target: what the others are measured against. */
export const directly = (upstreamPort: string): Target => ({
  name: "direct",
  url: `http://127.0.0.1:${upstreamPort}`,
  headers: {},
  pid: null,
  stop: async () => {},
});

/** Free port, for programs that cannot pick one. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export async function stopAll(running: readonly { stop(): Promise<void> }[]): Promise<void> {
  for (const one of running) await one.stop();
}

/**
 * nginx as a plain reverse proxy with one worker and keep-alive: the practical limit on one core. It keeps bodies in
 * memory.
 */
export async function startNginx(dir: string, upstreamPort: string): Promise<ProcessTarget> {
  const home = join(dir, "nginx");
  const port = await freePort();
  mkdirSync(home, { recursive: true });
  const conf = join(home, "nginx.conf");
  writeFileSync(
    conf,
    `daemon off; worker_processes 1; pid ${home}/pid; error_log ${home}/error.log;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${home}; proxy_temp_path ${home}; fastcgi_temp_path ${home}; uwsgi_temp_path ${home}; scgi_temp_path ${home};
  client_max_body_size 33m; client_body_buffer_size 2m; keepalive_requests 1000000;
  upstream bench { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://bench; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } }
}`,
  );
  const running = await start(proxyCore, "nginx", ["-c", conf, "-p", home], {}, null);
  return {
    name: "nginx",
    url: `http://127.0.0.1:${port}`,
    headers: {},
    pid: findChild(running.pid),
    stop: running.stop,
  };
}

export async function startBareProxy(upstreamPort: string): Promise<Target> {
  const env = { BENCH_UPSTREAM: `http://127.0.0.1:${upstreamPort}` };
  const running = await start(proxyCore, process.execPath, ["bench/bare-http-proxy.mjs"], env, /listening on (\d+)/);
  return {
    name: "bare http-proxy",
    url: `http://127.0.0.1:${running.said}`,
    headers: {},
    pid: running.pid,
    stop: running.stop,
  };
}

/**
 * Rules for the two ways a request is changed. One changes the model's name only, the other everything that an older
 * model will not take.
 */
const rules = `[overrides]
enabled = true
rules = [["claude-opus-5-5", "claude-haiku-5-5"]]
[analytics]
report_format = "silent"
[[rule]]
from = "claude-opus-5-5"
to = "claude-haiku-4-5-20251001"
when = { project = ["adapted"] }
`;

export interface CcoOptions {
  /** Replaces the rules of the bench. */
  rules?: string;
  /** Opens the inspector, through which the bench reads the heap and takes profiles. */
  inspected?: boolean;
  /** Folder of another checkout, whose build is started. This one unless set. */
  checkout?: string;
  /** A data folder that exists already. */
  dataDir?: string;
  /** Further variables. */
  env?: Record<string, string>;
}

/** One with a process to be measured. */
export type ProcessTarget = Target & { pid: number };

export interface Cco extends ProcessTarget {
  /** Null unless it was asked for. */
  inspectorUrl: string | null;
  dataDir: string;
}

/** CCO as it ships: rule matched, event durable, database and rollups written. */
export async function startCco(dir: string, upstreamPort: string, options: CcoOptions = {}): Promise<Cco> {
  const home = mkdtempSync(join(dir, "cco-"));
  const rulesFile = join(home, "model-overrides.toml");
  writeFileSync(rulesFile, options.rules ?? rules);
  const dataDir = options.dataDir ?? join(home, "data");
  const env = {
    CCO_PORT: "0",
    CCO_DATA_DIR: dataDir,
    CCO_CONFIG: rulesFile,
    CCO_UPSTREAM_URL: `http://127.0.0.1:${upstreamPort}`,
    CCO_LOG_LEVEL: "warn",
    ...options.env,
  };
  const flags = options.inspected ? ["--inspect=127.0.0.1:0"] : [];
  const args = [...flags, join(options.checkout ?? ".", "dist/proxy.mjs")];
  const running = await start(proxyCore, process.execPath, args, env, /CCO started on (http:\S+)/);
  return {
    name: "CCO",
    url: running.said.replace("localhost", "127.0.0.1"),
    headers: {},
    pid: running.pid,
    inspectorUrl: inspectorLine.exec(running.printed())?.[1] ?? null,
    dataDir,
    stop: running.stop,
  };
}
