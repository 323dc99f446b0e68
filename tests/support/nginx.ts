import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findOrInstall } from "./debian.ts";
import { endWithTest } from "./end-with-test.ts";
import { waitForExit } from "./proxy-process.ts";

/**
 * Starts this machine's own nginx in the foreground, everything of it in a folder. It runs with the given `http`
 * configuration, after that was checked. Never skipped.
 */
export function startNginx(folder: string, http: string, connections = 1024): { stop(): Promise<void> } {
  const binary = findOrInstall(findNginx, "nginx-light", "This test needs nginx");
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name), { recursive: true });
  const paths = ["proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${join(folder, name)};`);
  // Started by root, nginx would give its workers to another user, who may not write into this folder.
  const user = process.getuid?.() === 0 ? "user root; " : "";
  const text = `${user}daemon off; worker_processes 1; pid ${join(folder, "pid")}; error_log ${join(folder, "errors")};
events { worker_connections ${connections}; }
http { access_log off; client_body_temp_path ${join(folder, "body")}; ${paths.join(" ")}
${http} }`;
  const file = join(folder, "nginx.conf");
  writeFileSync(file, text);
  execFileSync(binary, ["-t", "-q", "-c", file], { stdio: "pipe" });
  const child = endWithTest(spawn(binary, ["-c", file], { stdio: "ignore" }));
  return {
    async stop() {
      child.kill("SIGTERM");
      await waitForExit(child);
    },
  };
}

const findNginx = (): string | null => ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path)) ?? null;
