import { ownAddress, type ProxySettings } from "#config/read-env.ts";
import type { Log } from "./log.ts";
import type { RuleSource } from "./rule-snapshot.ts";
import { EXIT, StartError } from "./start-error.ts";

/** The database may be away at the start; traffic does not wait for it longer than this. */
const LEDGER_WAIT_MS = 5_000;

/** Waits for the database, but not for long: traffic flows without it, and what happens meanwhile is spooled. */
export async function ledgerReady(ready: Promise<void>): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, LEDGER_WAIT_MS).unref());
  try {
    await Promise.race([ready, late]);
  } catch (problem) {
    throw new StartError(EXIT.database, problem instanceof Error ? problem.message : String(problem));
  }
}

export function sayStarted(
  { settings, rules, log }: { settings: ProxySettings; rules: RuleSource; log: Log },
  port: number,
): void {
  const address = ownAddress(settings, port);
  const { ruleSet } = rules.current();
  log.line(`CCO started on ${address}`);
  if (settings.consoleUrl !== null) log.line(`Dashboard: ${settings.publicUrl?.origin ?? address}`);
  log.line(`Model overrides: ${ruleSet.enabled ? "enabled" : "disabled"}`);
  log.line(`Override rules loaded: ${ruleSet.rules.filter((rule) => rule.enabled).length}`);
  for (const warning of warningsOf(settings)) log.line(warning);
}

function* warningsOf(settings: ProxySettings): Generator<string> {
  yield* settings.warnings;
  if (!settings.loopback && settings.publicUrl?.protocol !== "https:") {
    yield "Warning: this address is reachable from other machines without TLS. Put a TLS front before it and set CCO_PUBLIC_URL=https://…";
  }
  if (settings.requireKey && settings.operatorKey === null) {
    yield "Note: ANTHROPIC_API_KEY is not set, so callers send their own key for the provider beside the proxy key (x-cco-key).";
  }
  if (Number(process.versions.node.split(".")[0]) < 22) {
    yield `Note: Node ${process.versions.node} no longer gets security updates; Node 22 or later is recommended.`;
  }
}
