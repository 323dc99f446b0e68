import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findOrInstall } from "./debian.ts";
import { endWithTest } from "./end-with-test.ts";
import { freePort } from "./free-port.ts";
import { until, waitForExit } from "./proxy-process.ts";

const REASON = "This test needs Prometheus and promtool";
const found = (name: string) => () =>
  [`/usr/bin/${name}`, `/usr/local/bin/${name}`].find((path) => existsSync(path)) ?? null;

/** Path of promtool. Never skipped: without Debian's package this throws. */
export const promtool = (): string => findOrInstall(found("promtool"), "prometheus", REASON);

interface Prometheus {
  /** `data` of an answer of the HTTP API; fails with the error it names. */
  ask<T>(path: string, parameters?: Record<string, string>): Promise<T>;
  stop(): Promise<void>;
}

/** This machine's own Prometheus with a configuration file, its data in the folder, on a free loopback port. */
export async function startPrometheus(folder: string, configuration: string): Promise<Prometheus> {
  const program = findOrInstall(found("prometheus"), "prometheus", REASON);
  const port = await freePort();
  const child = spawn(
    program,
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(folder, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { stdio: "ignore" },
  );
  endWithTest(child);
  const url = `http://127.0.0.1:${port}`;
  await until(() => {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
    return fetch(`${url}/-/ready`)
      .then(({ ok }) => ok)
      .catch(() => false);
  });
  return {
    async ask<T>(path: string, parameters: Record<string, string> = {}) {
      const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
      const body = (await answer.json()) as { status: string; error?: string; data: T };
      if (body.status !== "success") throw new Error(`${JSON.stringify(parameters)}: ${body.error}`);
      return body.data;
    },
    async stop() {
      child.kill("SIGTERM");
      await waitForExit(child);
    },
  };
}
