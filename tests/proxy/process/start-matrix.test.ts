import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "#tests/support/free-port.ts";
import { collect, spawnProxy, until, waitForExit } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const FILE_TARGET = "claude-haiku-5-5";
const LAST_GOOD_TARGET = "claude-sonnet-5-5";
const rulesTo = (target: string) =>
  `[overrides]\nrules = [["claude-opus-5-5", "${target}"]]\n[analytics]\nreport_format = "silent"\n`;
const BROKEN = '[overrides]\nenabled = "maybe\n';

const texts = {
  ok: { file: rulesTo(FILE_TARGET), lastGood: rulesTo(LAST_GOOD_TARGET) },
  bad: { file: BROKEN, lastGood: BROKEN },
  missing: null,
} as const;
type State = keyof typeof texts;
const states: State[] = ["ok", "bad", "missing"];
const cases = states.flatMap((file) =>
  states.flatMap((lastGood) => (["up", "down"] as const).map((database) => ({ file, lastGood, database }))),
);

const root = mkdtempSync(join(tmpdir(), "cco-matrix-"));
let upstream: ScriptedUpstream;
let closedPort = 0;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  closedPort = await freePort();
});
afterAll(async () => {
  await upstream.close();
  rmSync(root, { recursive: true, force: true });
});

let starts = 0;

/** A start with the rules file, the last good rules and the database as given. */
function start(file: string | null, lastGood: string | null, database: "up" | "down" = "up") {
  starts += 1;
  const folder = join(root, String(starts));
  const rulesFile = join(folder, "rules.toml");
  const dataDir = join(folder, "data");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (file !== null) writeFileSync(rulesFile, file);
  if (lastGood !== null) writeFileSync(join(dataDir, "rules-last-good.toml"), lastGood);
  const child = spawnProxy({
    CCO_PORT: "0",
    CCO_CONFIG: rulesFile,
    CCO_DATA_DIR: dataDir,
    CCO_UPSTREAM_URL: upstream.url,
    ...(database === "down" ? { DATABASE_URL: `postgresql://cco@127.0.0.1:${closedPort}/cco` } : {}),
  });
  const printed = collect(child);
  return {
    rulesFile,
    printed,
    ended: () => waitForExit(child),
    /** Its address, or null when it has ended instead. */
    url: () =>
      until(() => {
        const port = /CCO started on http:\/\/\S+:(\d+)/.exec(printed())?.[1];
        return port !== undefined ? { url: `http://127.0.0.1:${port}` } : child.exitCode !== null && { url: null };
      }).then(({ url }) => url),
    stop: () => {
      child.kill("SIGTERM");
      return waitForExit(child);
    },
  };
}

async function servedBy(url: string): Promise<string | null> {
  const answer = await fetch(`${url}/v1/messages`, { method: "POST", body: '{"model":"claude-opus-5-5"}' });
  await answer.arrayBuffer();
  expect(answer.status).toBe(200);
  return answer.headers.get("x-cco-served-model");
}

const readProblem = async (url: string) =>
  ((await (await fetch(`${url}/health`)).json()) as { rules_problem: string | null }).rules_problem;

describe("R8: a start", () => {
  it.concurrent.each(cases)(
    "with rules file $file, last good rules $lastGood, database $database",
    async ({ file, lastGood, database }) => {
      const started = start(texts[file]?.file ?? null, texts[lastGood]?.lastGood ?? null, database);
      const url = await started.url();
      const problem =
        file === "bad" ? `${started.rulesFile}:2:` : `The rules file ${started.rulesFile} does not exist: `;

      if (file !== "ok" && lastGood !== "ok") {
        expect(url).toBeNull();
        expect(await started.ended()).toBe(3);
        expect(started.printed().trim().split("\n")).toEqual([expect.stringContaining(problem)]);
        return;
      }
      if (url === null) throw new Error(`it ended: ${started.printed()}`);
      expect(await servedBy(url)).toBe(file === "ok" ? FILE_TARGET : LAST_GOOD_TARGET);
      if (file === "ok") expect(await readProblem(url)).toBeNull();
      else {
        expect(await readProblem(url)).toContain(problem);
        expect(started.printed()).toContain("The last good rules serve meanwhile.");
      }
      expect(await started.stop()).toBe(0);
    },
  );

  it("with an emptied rules file keeps the last good rules, and accepts an empty file without any", async () => {
    const emptied = start(" \n", rulesTo(LAST_GOOD_TARGET));
    const first = start(" \n", null);
    const [url, firstUrl] = [await emptied.url(), await first.url()];
    if (url === null || firstUrl === null) throw new Error(emptied.printed() + first.printed());

    expect(await servedBy(url)).toBe(LAST_GOOD_TARGET);
    expect(await readProblem(url)).toBe(`The rules file ${emptied.rulesFile} is empty.`);
    expect(await servedBy(firstUrl)).toBe("claude-opus-5-5");
    expect(await Promise.all([emptied.stop(), first.stop()])).toEqual([0, 0]);
  });

  it("after rules were broken and fixed while running serves the last good ones", async () => {
    const running = start(rulesTo(FILE_TARGET), rulesTo(LAST_GOOD_TARGET));
    const url = await running.url();
    if (url === null) throw new Error(running.printed());
    writeFileSync(running.rulesFile, BROKEN);

    await until(() => readProblem(url));

    expect(await servedBy(url)).toBe(FILE_TARGET);
    writeFileSync(running.rulesFile, rulesTo(LAST_GOOD_TARGET));
    await until(async () => (await servedBy(url)) === LAST_GOOD_TARGET);
    expect(await readProblem(url)).toBeNull();
    expect(await running.stop()).toBe(0);
  });
});
