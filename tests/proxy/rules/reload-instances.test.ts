import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bumpRevision } from "#store/revision.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const CHANGES = 100;
/** Half of the changes come faster than instances look, the others are waited for one by one. */
const AWAITED_EVERY = 10;

const buildRules = (change: number) =>
  `[analytics]\nreport_format = "silent"\n[[rule]]\nid = "change-${change}"\nfrom = "claude-opus-5-5"\nto = "claude-haiku-5-5"\n`;

const folder = mkdtempSync(join(tmpdir(), "cco-two-"));
const rulesFile = join(folder, "rules.toml");
const databaseUrl = `file:${join(folder, "cco.db")}`;
let upstream: ScriptedUpstream;
let instances: ProxyProcess[] = [];

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  // Separate data folders, as on two machines; the file and the database are shared.
  const start = (name: string) =>
    startProxy({
      upstreamUrl: upstream.url,
      dataDir: mkdtempSync(join(folder, `${name}-`)),
      env: { CCO_CONFIG: rulesFile, DATABASE_URL: databaseUrl },
    });
  writeFileSync(rulesFile, buildRules(0));
  instances = [await start("one"), await start("two")];
});

afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

function writeFile(text: string): void {
  writeFileSync(`${rulesFile}.new`, text);
  renameSync(`${rulesFile}.new`, rulesFile);
}

/** As publishing does it: a version, its revision, then the file. */
async function publish(toml: string): Promise<void> {
  const connection = await openSqlConnection(databaseUrl);
  try {
    await inControlTransaction(connection, async () => {
      const by = { source: "console", actorId: null, actorName: "test", basedOn: null } as const;
      await insertRuleVersion(connection, { toml, comment: "", applies: "now", publishedAt: new Date(), ...by });
      await bumpRevision(connection);
    });
  } finally {
    await connection.close();
  }
  writeFile(toml);
}

async function rulesVersion({ url }: ProxyProcess): Promise<number | null> {
  return ((await (await fetch(`${url}/health`)).json()) as { rules_version: number | null }).rules_version;
}

async function servingRule({ url }: ProxyProcess): Promise<string | null> {
  const answer = await fetch(`${url}/v1/messages`, { method: "POST", body: '{"model":"claude-opus-5-5"}' });
  await answer.arrayBuffer();
  return answer.headers.get("x-cco-rule");
}

const all = async (holds: (instance: ProxyProcess) => Promise<boolean>) =>
  (await Promise.all(instances.map(holds))).every(Boolean);

describe("R9: two instances of one database and one rules file", () => {
  it("follow 100 changes of file and console, never backwards, and converge", { timeout: 180_000 }, async () => {
    const seen = instances.map((): number[] => []);
    let isOver = false;
    const watch = instances.map(async (instance, at) => {
      while (!isOver) {
        const version = await rulesVersion(instance);
        if (version !== null && version !== seen[at]?.at(-1)) seen[at]?.push(version);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    });

    for (let change = 1; change <= CHANGES; change++) {
      const text = buildRules(change);
      if (change % 2 === 0) await publish(text);
      else writeFile(text);
      if (change % AWAITED_EVERY === 0) {
        await until(() => all(async (instance) => (await servingRule(instance)) === `change-${change}`));
      } else await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await until(() => all(async (instance) => (await servingRule(instance)) === `change-${CHANGES}`));
    isOver = true;
    await Promise.all(watch);
    // The other's last change may still be on its way: that is what is waited for.
    await until(async () => new Set(await Promise.all(instances.map(rulesVersion))).size === 1);

    for (const versions of seen) {
      expect(versions.length).toBeGreaterThan(CHANGES / AWAITED_EVERY);
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
    }
    expect(await all(async (instance) => (await servingRule(instance)) === `change-${CHANGES}`)).toBe(true);
  });

  it("log rules as in force once their number is known, and under it", async () => {
    for (const { output } of instances) {
      const lines = output()
        .split("\n")
        .filter((line) => line.includes('"rules in force"'));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter((line) => !/"version":\d/.test(line))).toEqual([]);
    }
  });
});
