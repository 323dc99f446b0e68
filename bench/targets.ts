import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { childOf, type Running, start } from "./processes.ts";

export interface Target {
  name: string;
  url: string;
  /** The process whose CPU and memory are counted; null for "direct". */
  pid: number | null;
  stop: () => Promise<void>;
}

const proxyCore = 0;
const otherCore = 1;

export function startUpstream(): Promise<Running> {
  return start(otherCore, process.execPath, ["bench/upstream.mjs"], {}, /upstream on (\d+)/);
}

/** nginx as a plain reverse proxy with one worker and keep-alive: the practical limit on one core. */
export async function startNginx(dir: string, upstreamPort: string, port: number): Promise<Target> {
  const home = join(dir, "nginx");
  mkdirSync(home, { recursive: true });
  const conf = join(home, "nginx.conf");
  writeFileSync(
    conf,
    `daemon off; worker_processes 1; pid ${home}/pid; error_log ${home}/error.log;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${home}; proxy_temp_path ${home}; fastcgi_temp_path ${home}; uwsgi_temp_path ${home}; scgi_temp_path ${home};
  client_max_body_size 33m; client_body_buffer_size 256k; keepalive_requests 1000000;
  upstream bench { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://bench; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } }
}`,
  );
  const running = await start(proxyCore, "nginx", ["-c", conf, "-p", home], {}, null);
  return { name: "nginx", url: `http://127.0.0.1:${port}`, pid: childOf(running.pid), stop: running.stop };
}

export async function startBareProxy(upstreamPort: string): Promise<Target> {
  const env = { BENCH_UPSTREAM: `http://127.0.0.1:${upstreamPort}` };
  const running = await start(proxyCore, process.execPath, ["bench/bare-http-proxy.mjs"], env, /listening on (\d+)/);
  return { name: "bare http-proxy", url: `http://127.0.0.1:${running.said}`, pid: running.pid, stop: running.stop };
}

/** CCO as it ships: rule matched, event durable, database and rollups written. */
export async function startCco(dir: string, upstreamPort: string): Promise<Target> {
  const home = join(dir, `cco-${Date.now()}`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  cpSync("config/model-overrides.toml", join(home, "model-overrides.toml"));
  const env = {
    NODE_ENV: "production",
    CCO_PORT: "0",
    CCO_DATA_DIR: join(home, "data"),
    CCO_CONFIG: join(home, "model-overrides.toml"),
    CCO_UPSTREAM_URL: `http://127.0.0.1:${upstreamPort}`,
    CCO_LOG_LEVEL: "warn",
  };
  const running = await start(proxyCore, process.execPath, ["dist/proxy.mjs"], env, /CCO started on (http:\S+)/);
  return { name: "CCO", url: running.said.replace("localhost", "127.0.0.1"), pid: running.pid, stop: running.stop };
}
