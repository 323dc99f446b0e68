import process from "node:process";
import { buildListenerAddress } from "#config/listener-address.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { findNodeSupport } from "#core/node-support.ts";
import type { LedgerThread } from "../ledger/client/ledger-thread.ts";
import type { RuleSource } from "../rules/active-rules.ts";
import type { Log } from "./log.ts";
import { StartError } from "./start-error.ts";

/** Longest wait for the database at the start, when it may be away; traffic does not wait longer. */
const LEDGER_WAIT_MS = 5_000;

/**
 * Waits a limited time until rules, keys and limits are known. They come from the database or from the state kept on
 * disk. The wait is not long, because traffic that needs no key flows without them. No socket listens before, so a
 * balancer sends nothing that would be refused.
 */
export async function followLedger(ledger: LedgerThread, rules: RuleSource): Promise<void> {
  await withinReason(ledger.known);
  rules.follow(ledger);
  if (ledger.state() !== null) await withinReason(rules.settled);
  ledger.ready.catch(endInOrder);
}

/**
 * Ends a process that serves kept state when its database turns out not to be for this release. The process learns this
 * later, and ends as it would have ended had the database answered in time. Open requests are finished first.
 */
function endInOrder(problem: unknown): void {
  process.stderr.write(`${problem instanceof Error ? problem.message : String(problem)}\n`);
  process.exitCode = exitCodes.databaseUnusable;
  process.kill(process.pid, "SIGTERM");
}

async function withinReason(ready: Promise<void>): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, LEDGER_WAIT_MS).unref());
  try {
    await Promise.race([ready, late]);
  } catch (problem) {
    throw new StartError(exitCodes.databaseUnusable, problem instanceof Error ? problem.message : String(problem));
  }
}

/** Prints the four lines of a start that operators and scripts wait for. */
export function sayStarted(
  { settings, rules, ledger, log }: { settings: ProxySettings; rules: RuleSource; ledger: LedgerThread; log: Log },
  port: number,
): void {
  const address = buildListenerAddress(settings.host, port);
  const { ruleSet } = rules.current();
  log.line(`CCO started on ${address}`);
  if (settings.consoleUrl !== null) log.line(`Dashboard: ${settings.publicUrl?.origin ?? address}`);
  log.line(`Model overrides: ${ruleSet.enabled ? "enabled" : "disabled"}`);
  log.line(`Override rules loaded: ${ruleSet.rules.filter((rule) => rule.enabled).length}`);
  sayOutage(ledger, log);
  for (const warning of listWarnings(settings)) log.line(warning);
}

type Database = Pick<LedgerThread, "outage" | "keysAsOfMs" | "onOutage">;

/**
 * Reports why the database is not there. At the start this is among the lines for people, later in the log. The log
 * also says that the database is back.
 */
export function sayOutage(ledger: Database, log: Pick<Log, "line" | "warn" | "info">): void {
  const atStart = ledger.outage();
  if (atStart !== null) log.line(`Warning: ${atStart.text.replace(/\.$/, "")}. ${servedMeanwhile(ledger)}`);
  let isSaid = atStart !== null;
  ledger.onOutage((outage) => {
    if ((outage !== null) === isSaid) return;
    isSaid = outage !== null;
    if (outage === null) return log.info({}, "the database is back");
    const msg = outage.isAway ? "the database cannot be reached" : "the database takes no records";
    log.warn({ problem: outage.text, meanwhile: servedMeanwhile(ledger) }, msg);
  });
}

function servedMeanwhile(ledger: Database): string {
  const asOf = ledger.keysAsOfMs();
  return asOf === null
    ? "No rules and keys are kept here, so callers with proxy keys are refused until it is back."
    : `Rules and keys of ${new Date(asOf).toISOString()} serve meanwhile.`;
}

function* listWarnings(settings: ProxySettings): Generator<string> {
  yield* settings.warnings;
  if (!settings.loopback && settings.publicUrl?.protocol !== "https:") {
    yield "Warning: this address is reachable from other machines without TLS. Put a TLS front before it and set CCO_PUBLIC_URL=https://…";
  }
  if (settings.requireKey && settings.operatorKey === null) {
    yield "Note: ANTHROPIC_API_KEY is not set, so callers send their own key for the provider beside the proxy key (x-cco-key).";
  }
  const { node } = process.versions;
  if (findNodeSupport(node, new Date().toISOString().slice(0, 10)).isOver)
    yield `Note: Node ${node} no longer gets security updates; Node 22 or later is recommended.`;
}
