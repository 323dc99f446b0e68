import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { type ProxyProcess, startProxy } from "#tests/support/proxy-process.ts";

const run = promisify(execFile);
const manifest: { scripts: Record<string, string> } = JSON.parse(readFileSync("package.json", "utf8"));
const pages = ["README.md", "CONTRIBUTING.md", ...markdownBelow("docs")];
const commands = pages.flatMap((page) => shellLines(readFileSync(page, "utf8")).map((line) => ({ page, line })));
/**
 * Where npx finds `cco`. Looking for it takes four times the processor time of a command, so npx is asked for the first
 * one alone.
 */
const throughNpx = commands.find(({ line }) => line.startsWith("npx cco "));
const isThroughNpx = (page: string, line: string) => page === throughNpx?.page && line === throughNpx.line;
/**
 * Matches a command of plain words, which is the same in this process as in a shell's. The first such command, and all
 * other commands, go through the shell.
 */
const PLAIN = /^npx cco ([\w .,/:-]+)$/;
const foundByNpx = 'npx() { [ "$1" = cco ] || { command npx "$@"; return; }; shift; node bin/cco.mjs "$@"; }';

describe("the documentation", () => {
  let proxy: ProxyProcess;

  beforeAll(async () => {
    proxy = await startProxy({ upstreamUrl: "http://127.0.0.1:9" });
  });
  afterAll(async () => {
    await proxy?.stop();
  });

  it("has commands to run", () => {
    expect(commands.length).toBeGreaterThan(5);
  });

  it("has npx find the command of this package", () => {
    const { name, bin } = JSON.parse(readFileSync("package.json", "utf8"));

    expect([name, bin]).toEqual(["cco", { cco: "./bin/cco.mjs" }]);
    expect(throughNpx).toBeDefined();
  });

  it.each(commands)("$page: `$line` works as written", async ({ page, line }) => {
    const named = /^npm (?:run )?(start|test|demo|dev|bench|check)\b/.exec(line)?.[1];
    if (named) return expectScript(named);
    if (line.startsWith("export ")) return expect(line).toMatch(/^export ANTHROPIC_BASE_URL=http:\/\/localhost:3000$/);

    const asWritten = line.replaceAll("http://localhost:3000", proxy.url);
    const installation = { CCO_DATA_DIR: proxy.dataDir, CCO_PORT: new URL(proxy.url).port };
    const [, words] = PLAIN.exec(line) ?? [];
    if (words !== undefined && !isThroughNpx(page, line)) {
      const said = await ccoHere(words.split(/ +/), installation);

      expect(said.code, said.stderr).toBe(0);
      expect(`${said.stdout}${said.stderr}`.length).toBeGreaterThan(0);
      return;
    }
    const script = isThroughNpx(page, line) ? asWritten : `${foundByNpx}\n${asWritten}`;
    const { stdout, stderr } = await run("bash", ["-c", script], {
      // `npx vitest` starts a second runner: on a busy machine that takes a while.
      timeout: 200_000,
      // Commands that work on an installation find the one that runs here.
      env: line.startsWith("npx cco ") ? { ...process.env, ...installation } : process.env,
    });

    expect(`${stdout}${stderr}`.length).toBeGreaterThan(0);
  });

  it("links only to files that exist", () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(page, "utf8").matchAll(/\]\(([^)#:]+)\)/g)]
        .map((match) => join(page, "..", match[1] ?? ""))
        .filter((path) => !existsSync(path))
        .map((path) => `${page} → ${path}`),
    );

    expect(broken).toEqual([]);
  });
});

/** Long-running commands are run by the browser stories and the bench; here their pieces must exist. */
function expectScript(script: string): void {
  const command = manifest.scripts[script] ?? "";
  const file = command.split(" ").find((word) => /\.(mjs|ts)$/.test(word));

  expect(file, `package.json has no script "${script}" with a file`).toBeDefined();
  expect(existsSync(file ?? "")).toBe(true);
}

function shellLines(text: string): string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((match) =>
    (match[1] ?? "").split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#")),
  );
}

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownBelow(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}
