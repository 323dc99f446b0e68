import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { keptStateFile } from "#config/kept-state-file.ts";
import { readProxyEnv } from "#config/read-env.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { readKeptState } from "#proxy/ledger/client/kept-state.ts";
import { type LedgerThread, startLedger } from "#proxy/ledger/client/ledger-thread.ts";
import type { LedgerEvent } from "#proxy/ledger/messages.ts";
import { followLedger } from "#proxy/process/start-lines.ts";
import { makeSpool, startParts } from "#proxy/process/start-parts.ts";
import type { RuleSource } from "#proxy/rules/active-rules.ts";
import { bumpRevision } from "#store/revision.ts";
import { damageTable, readTablePages } from "#tests/support/damage-table.ts";
import { putMigrated } from "#tests/support/migrated-file.ts";
import { NO_RULES, ONE_RULE, until } from "#tests/support/proxy-process.ts";
import { sharedWorld } from "#tests/support/shared-world.ts";
import { workerUrl } from "#tests/support/worker-url.ts";

const SECRET = "a secret of more than thirty-two characters";
const folder = mkdtempSync(join(tmpdir(), "cco-damaged-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

await putMigrated(join(folder, "tables.db"));
const pages = await readTablePages(join(folder, "tables.db"));

interface Started {
  ledger: LedgerThread;
  rules: RuleSource;
  /** Whether the database itself has confirmed the keys at any time. */
  wasConfirmed(): boolean;
  /** Ends at once, or lets the database have what is left. */
  stop(withinMs?: number): Promise<void>;
}

function readSettings(installation: string) {
  const data = join(installation, "data");
  const reading = readProxyEnv({
    CCO_DATA_DIR: data,
    CCO_CONFIG: join(installation, "model-overrides.toml"),
    CCO_LOG_LEVEL: "silent",
  });
  if (!reading.ok) throw new Error(reading.mistakes.map(({ message }) => message).join("\n"));
  return { ...reading.settings, installationSecret: SECRET };
}

/** What a process does before it listens: one that serves alone, and the primary of several workers. */
async function startIn(installation: string): Promise<Started> {
  const settings = readSettings(installation);
  const { log, rules, instanceId, ledgerOptions } = startParts(settings);
  const spool = makeSpool(settings, instanceId, log);
  let wasConfirmed = false;
  const overhear = (message: LedgerEvent) => {
    if (message.kind === "confirmed" && !message.isKept) wasConfirmed = true;
  };
  const ledger = startLedger({ ...ledgerOptions, workerUrl, spool, overhear });
  await followLedger(ledger, rules);
  const stop = async (withinMs = 50) => {
    rules.stop();
    await spool.end(() => false);
    await ledger.stop(withinMs);
  };
  return { ledger, rules, wasConfirmed: () => wasConfirmed, stop };
}

/** An installation that has served with a key, and was stopped: all of its database is in one file. */
async function makeInstallation(name: string, monthlyBudgetNanoUsd: number | null): Promise<string> {
  const installation = join(folder, name);
  cpSync(join(folder, "tables.db"), join(installation, "data", "cco.db"), { recursive: true });
  writeFileSync(join(installation, "model-overrides.toml"), ONE_RULE);
  const databaseUrl = `file:${join(installation, "data", "cco.db")}`;
  const { world, end } = await sharedWorld(databaseUrl);
  await issueProxyKey(await world.person("owner"), { name: "Laptop", monthlyBudgetNanoUsd }, world.deps);
  await end();
  const { ledger, rules, stop } = await startIn(installation);
  const place = { file: keptStateFile(join(installation, "data")), secret: SECRET };
  await until(() => {
    const kept = readKeptState(place, Date.now())?.messages ?? [];
    return kept.some((message) => message.kind === "state" && message.state.rules !== null);
  });
  expect([rules.current().version, ledger.outage()]).toEqual([1, null]);
  await stop(10_000);
  // Writes what the journal holds into the file.
  await readTablePages(join(installation, "data", "cco.db"));
  return installation;
}

describe.each([
  ["no key has a budget", "plain", null],
  ["a key has a budget", "budgeted", 1_000_000_000_000],
])("a start on a SQLite file with one damaged table, where %s", (_, name, budget) => {
  let good: string;
  beforeAll(async () => {
    good = await makeInstallation(name, budget);
  });

  const startDamaged = async (table: string) => {
    const installation = join(folder, `${name}-${table}`);
    cpSync(good, installation, { recursive: true });
    const file = join(installation, "data", "cco.db");
    damageTable(file, table, pages);
    const started = await startIn(installation);
    onTestFinished(() => started.stop());
    return { ...started, file };
  };

  it.each([...pages.roots.keys()])("has rules, their version and keys within five seconds: %s", async (table) => {
    const beganTick = performance.now();
    const { rules, ledger, wasConfirmed } = await startDamaged(table);
    const tookMs = performance.now() - beganTick;

    expect({
      isSettled: rules.isSettled,
      version: rules.current().version,
      rules: rules.current().ruleSet.rules.length,
      hasKeys: ledger.areKeysKnown(),
      keys: ledger.state()?.proxyKeys.map((key) => key.name),
    }).toEqual({ isSettled: true, version: 1, rules: 1, hasKeys: true, keys: ["Laptop"] });
    expect(tookMs).toBeLessThan(5_000);
    // Kept keys that something confirms would outlive their day.
    expect(wasConfirmed()).toBe(!ledger.isFromDisk());
    if (ledger.outage() !== null) expect(ledger.problem()).toMatch(/cco\.db is damaged/);
  });

  it.each(["rollup_day", "session_pin"])("goes on with the database once it can be read again: %s", async (table) => {
    const { rules, ledger, file } = await startDamaged(table);
    expect(ledger.problem()).toMatch(/cco\.db is damaged/);

    cpSync(join(good, "data", "cco.db"), `${file}.good`);
    renameSync(`${file}.good`, file);

    await until(() => ledger.outage() === null && !ledger.isFromDisk());
    await ledger.ready;
    expect([rules.isSettled, rules.current().version, ledger.areKeysKnown()]).toEqual([true, 1, true]);
  });

  it("takes the version that is published while the question about the rules file waits", async () => {
    const { rules, ledger, file } = await startDamaged("session_pin");
    const { world, end } = await sharedWorld(`file:${file}`);
    await world.publish(NO_RULES);
    await bumpRevision(world.deps.db);
    await end();

    await until(() => rules.current().version === 2);

    expect([rules.current().ruleSet.rules, ledger.outage()?.isAway]).toEqual([[], true]);
  });
});
