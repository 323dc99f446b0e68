import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { startMock } from "#mock/server.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { putMigrated } from "#tests/support/migrated-file.ts";
import { clearAway, NO_RULES, ONE_RULE, type ProxyProcess, startProxy } from "#tests/support/proxy-process.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

// Two instances with a rules file and a data folder each, and one database.

const OTHER_RULE = ONE_RULE.replace("claude-haiku-5-5", "claude-sonnet-5-5");
const THIRD_RULE = ONE_RULE.replace("claude-opus-5-5", "claude-sonnet-4-6");

let mock: Awaited<ReturnType<typeof startMock>>;
let databaseUrl: string;

beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock?.close());
beforeEach(async () => {
  const file = join(scratchFolder(), "cco.db");
  await putMigrated(file);
  databaseUrl = `file:${file}`;
});

interface Instance {
  start(rules: string): Promise<ProxyProcess>;
}

/** A data folder for one instance. `start` puts these rules on disk first, as an image or an editor does. */
function newInstance(): Instance {
  const folder = mkdtempSync(join(tmpdir(), "cco-behind-"));
  mkdirSync(join(folder, "data"), { mode: 0o700 });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return {
    start: async (rules) => {
      const proxy = await startProxy({
        upstreamUrl: mock.url,
        rules,
        dataDir: folder,
        env: { DATABASE_URL: databaseUrl },
      });
      onTestFinished(() => clearAway(proxy));
      return proxy;
    },
  };
}

const readRules = ({ rulesFile }: ProxyProcess): string => readFileSync(rulesFile, "utf8");

/** Texts of all versions, the first one first. */
async function readHistory(): Promise<string[]> {
  const connection = await openSqlConnection(databaseUrl);
  try {
    const rows = await connection.all("SELECT toml FROM rule_version ORDER BY number");
    return rows.map(({ toml }) => String(toml));
  } finally {
    await connection.close();
  }
}

const untilHistory = (texts: string[]) => eventually(async () => expect(await readHistory()).toEqual(texts));

it("the first rules file of an empty data folder does not replace the rules of the database", async () => {
  const one = await newInstance().start(ONE_RULE);
  await untilHistory([ONE_RULE]);

  const other = await newInstance().start(NO_RULES);
  await eventually(() => expect(readRules(other)).toBe(ONE_RULE));

  expect(await readHistory()).toEqual([ONE_RULE]);
  expect(readRules(one)).toBe(ONE_RULE);
});

it("a rules file that was not edited while its instance was killed is brought up to date", async () => {
  const one = await newInstance().start(ONE_RULE);
  await untilHistory([ONE_RULE]);
  const second = newInstance();
  const killed = await second.start(ONE_RULE);
  await eventually(() => expect(killed.output()).toContain('"version":1'));
  one.writeRules(OTHER_RULE);
  await untilHistory([ONE_RULE, OTHER_RULE]);
  await eventually(() => expect(killed.output()).toContain('"version":2'));
  expect(readRules(killed)).toBe(ONE_RULE);
  await killed.stop("SIGKILL");

  const started = await second.start(ONE_RULE);
  await eventually(() => expect(readRules(started)).toBe(OTHER_RULE));

  expect(await readHistory()).toEqual([ONE_RULE, OTHER_RULE]);
});

it("an edit of the rules file counts, also of an earlier text, made while CCO is stopped or runs", async () => {
  const one = newInstance();
  const first = await one.start(ONE_RULE);
  await untilHistory([ONE_RULE]);
  first.writeRules(OTHER_RULE);
  await untilHistory([ONE_RULE, OTHER_RULE]);
  await first.stop();

  const second = await one.start(THIRD_RULE);
  await untilHistory([ONE_RULE, OTHER_RULE, THIRD_RULE]);
  second.writeRules(ONE_RULE);
  await untilHistory([ONE_RULE, OTHER_RULE, THIRD_RULE, ONE_RULE]);
  await second.stop();

  await one.start(OTHER_RULE);
  await untilHistory([ONE_RULE, OTHER_RULE, THIRD_RULE, ONE_RULE, OTHER_RULE]);
});

it("a file that is touched, or put back after a mistake, while it is behind does not go live", async () => {
  const one = await newInstance().start(ONE_RULE);
  await untilHistory([ONE_RULE]);
  const other = await newInstance().start(ONE_RULE);
  await eventually(() => expect(other.output()).toContain('"version":1'));
  one.writeRules(OTHER_RULE);
  await untilHistory([ONE_RULE, OTHER_RULE]);
  await eventually(() => expect(other.output()).toContain('"version":2'));

  other.writeRules("[overrides\n");
  await eventually(() => expect(other.output()).toContain("The last good rules go on serving."));
  other.writeRules(ONE_RULE);
  one.writeRules(THIRD_RULE);
  await untilHistory([ONE_RULE, OTHER_RULE, THIRD_RULE]);
  await eventually(() => expect(other.output()).toContain('"version":3'));

  expect(await readHistory()).toEqual([ONE_RULE, OTHER_RULE, THIRD_RULE]);
});
