import process from "node:process";
import { isLoopbackHost, type ProxySettings } from "#config/read-env.ts";
import type { SetupPath } from "./prepare-database.ts";

export interface Announcement {
  /** What the proxy says it listens on. */
  address: string;
  settings: ProxySettings;
  setupPath: SetupPath;
  hasConsole: boolean;
}

interface Health {
  overrides_enabled: boolean;
  override_rules: number;
}

const startLine = /^(CCO started on |Dashboard: |Model overrides: |Override rules loaded: )/;

/** The proxy's own start lines, which the run says in its place, with the address people use. */
export const isStartLine = (line: string): boolean => startLine.test(line);

/** Prints the four lines that operators' scripts wait for, then the set-up link of a first run. Returns the public address. */
export async function announce({ address, settings, setupPath, hasConsole }: Announcement): Promise<string> {
  const local = localAddress(address);
  const publicUrl = settings.publicUrl?.origin ?? local;
  const health = await readHealth(address);
  const lines = [
    `CCO started on ${local}`,
    hasConsole ? `Dashboard: ${publicUrl}` : "Dashboard: not started",
    `Model overrides: ${health.overrides_enabled ? "enabled" : "disabled"}`,
    `Override rules loaded: ${health.override_rules}`,
  ];
  if (setupPath !== null && hasConsole) lines.push(`First run: open ${publicUrl}${setupPath}`);
  process.stdout.write(`${lines.join("\n")}\n`);
  return publicUrl;
}

/** People type `localhost`; a wildcard address is reached by it too. */
function localAddress(address: string): string {
  const url = new URL(address);
  const isAnyAddress = url.hostname === "0.0.0.0" || url.hostname === "[::]";
  return isAnyAddress || isLoopbackHost(url.hostname) ? `http://localhost:${url.port || 80}` : url.origin;
}

async function readHealth(address: string): Promise<Health> {
  const url = new URL("/health", address);
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  const answer = await fetch(url);
  return (await answer.json()) as Health;
}
