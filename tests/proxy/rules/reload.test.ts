import { type ChildProcess, spawn } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endWithTest } from "#tests/support/end-with-test.ts";
import {
  collect,
  type ProxyProcess,
  removeData,
  startProxy,
  until,
  waitForExit,
} from "#tests/support/proxy-process.ts";
import { RawClient, rawMessage } from "#tests/support/raw-client.ts";
import { rounds } from "#tests/support/rounds.ts";
import { openSqliteFile } from "#tests/support/sqlite-file.ts";

/** Raised for a longer run: `CCO_RELOAD_REQUESTS=500000 npx vitest …`. */
const REQUESTS = Number(process.env.CCO_RELOAD_REQUESTS ?? 5_000);
const CLIENTS = 32;
/** Eight times through the states of the file; in `npm run test:chaos` twenty times as often. */
const SWAPS_MIN = rounds(50);
/**
 * Interval of the swaps, longer than the file must be quiet to be read. Otherwise the proxy would rightly wait for the
 * writer to finish.
 */
const SWAP_EVERY_MS = 90;
/** Versions that have served requests before the swaps end. */
const VERSIONS_MIN = 11;
const OPUS = "claude-opus-5-5";
const SONNET = "claude-sonnet-5-5";

/** What each good version gives, as `requested rule served`. */
const VERSIONS = {
  a: [`${OPUS} a-opus claude-haiku-5-5`, `${SONNET} a-sonnet claude-haiku-4-5`],
  b: [`${OPUS} b-opus claude-sonnet-5-5`, `${SONNET} b-sonnet claude-haiku-5-5`],
};

const buildToml = (rules: readonly string[]) =>
  [
    '[analytics]\nreport_format = "silent"',
    ...rules.map((rule) => {
      const [from, id, to] = rule.split(" ");
      return `[[rule]]\nid = "${id}"\nfrom = "${from}"\nto = "${to}"`;
    }),
  ].join("\n");
const good = { a: buildToml(VERSIONS.a), b: buildToml(VERSIONS.b) };
const torn = good.b.slice(0, -5);

let upstream: ChildProcess;
let proxy: ProxyProcess;

beforeAll(async () => {
  const mock = join(import.meta.dirname, "../../../dist/mock.mjs");
  upstream = spawn(process.execPath, [mock], {
    env: { ...process.env, MOCK_PORT: "0", MOCK_FAST: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithTest(upstream);
  const printed = collect(upstream);
  const url = await until(() => /http:\/\/127\.0\.0\.1:\d+/.exec(printed())?.[0]);
  proxy = await startProxy({ upstreamUrl: url, rules: good.a, env: { CCO_LOG_LEVEL: "error" } });
});

afterAll(async () => {
  await proxy?.stop();
  upstream.kill();
  await waitForExit(upstream);
  if (proxy !== undefined) removeData(proxy);
});

/** Good, broken, good, emptied, good, torn: again and again. Resolves once it was done often enough and may stop. */
async function keepSwapping(mayStop: () => Promise<boolean>): Promise<void> {
  const states = [good.b, '[overrides\nenabled = "', good.a, "", good.b, torn];
  for (let swaps = 0; swaps < SWAPS_MIN || !(await mayStop()); swaps++) {
    const text = states[swaps % states.length] ?? "";
    // An editor either puts a new file in place of the old one or writes into it. What is torn or empty comes of the
    // latter.
    if (text === torn || text === "") writeFileSync(proxy.rulesFile, text);
    else {
      writeFileSync(`${proxy.rulesFile}.new`, text);
      renameSync(`${proxy.rulesFile}.new`, proxy.rulesFile);
    }
    await new Promise((resolve) => setTimeout(resolve, SWAP_EVERY_MS));
  }
}

describe("R7: the rules file, rewritten continuously under 32 clients", () => {
  it(
    "fails no request, and each is served by exactly one good version",
    async () => {
      const seen = new Map<string, number>();
      const asks = [OPUS, SONNET].map((model) => ({
        model,
        bytes: rawMessage(
          proxy.port,
          `{"model":"${model}","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}`,
        ),
      }));
      let asked = 0;
      let isSwapping = true;
      const client = async (): Promise<void> => {
        const connection = new RawClient(proxy.port);
        while (asked < REQUESTS || isSwapping) {
          const ask = asks[asked++ % asks.length];
          if (ask === undefined) break;
          const { status, headers, body } = await connection.send(ask.bytes);
          const restored = /"model":"([^"]+)"/.exec(body)?.[1];
          const given = `${ask.model} ${headers.get("x-cco-rule")} ${headers.get("x-cco-served-model")}`;
          const outcome = status === 200 && restored === ask.model ? given : `${status} ${body.slice(0, 200)}`;
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        }
        connection.end();
      };
      // On a busy machine many texts are replaced before the ledger has given them a number.
      const hasEnough = async () => asked >= REQUESTS && (await countVersions()) >= VERSIONS_MIN;
      const swapping = keepSwapping(hasEnough).finally(() => {
        isSwapping = false;
      });

      await Promise.all([swapping, ...Array.from({ length: CLIENTS }, client)]);

      expect([...seen.keys()].sort()).toEqual([...VERSIONS.a, ...VERSIONS.b].sort());
      expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(asked);
      await everyEventAgrees(asked);
    },
    Math.max(240_000, REQUESTS * 5),
  );
});

/** Versions under which requests are recorded so far. */
async function countVersions(): Promise<number> {
  const ledger = openSqliteFile(join(proxy.dataDir, "cco.db"));
  const { rows } = await ledger.execute("SELECT COUNT(DISTINCT rule_version) AS n FROM event_row");
  ledger.close();
  return Number(rows[0]?.n);
}

/** The ledger has each request once, and under each numbered version only what that version says. */
async function everyEventAgrees(asked: number): Promise<void> {
  const ledger = openSqliteFile(join(proxy.dataDir, "cco.db"));
  const count = async (sql: string) => Number((await ledger.execute(sql)).rows[0]?.n);
  try {
    await until(async () => (await count("SELECT COUNT(*) AS n FROM event_row")) >= asked);
    expect(await count("SELECT COUNT(*) AS n FROM event_row")).toBe(asked);
    const word = (column: string) => `(SELECT word_key FROM event_word WHERE event_word.id = e.${column})`;
    const { rows } = await ledger.execute(
      `SELECT e.rule_version AS version, v.toml AS toml,
         ${word("requested_model")} || ' ' || ${word("rule_id")} || ' ' || ${word("served_model")} AS given
       FROM event_row e LEFT JOIN rule_version v ON v.number = e.rule_version GROUP BY 1, 3`,
    );
    const numbered = rows.filter(({ version }) => version !== null);
    expect(new Set(numbered.map(({ version }) => version)).size).toBeGreaterThanOrEqual(VERSIONS_MIN);
    for (const { given, toml } of numbered) {
      const version = toml === good.a ? VERSIONS.a : toml === good.b ? VERSIONS.b : [];
      expect(version).toContain(given);
    }
  } finally {
    ledger.close();
  }
}
