import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";

export { expect };

/** A whole installation of its own: fake upstream, proxy, console, empty data folder. */
export interface Installation {
  url: string;
  mockUrl: string;
  dataDir: string;
  rulesFile: string;
  setupLink: string;
  log: () => string;
}

export const owner = { name: "Olga Owner", email: "olga@example.com", password: "correct-horse-battery-9" };

/** `cco` is started once per story file, so that the tests of a file read as one story. */
export const test = base.extend<object, { cco: Installation }>({
  cco: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern
    async ({}, use) => {
      const running = await startInstallation();
      await use(running.installation);
      await running.stop();
    },
    { scope: "worker", timeout: 90_000 },
  ],
});

export async function startInstallation(
  env: Record<string, string> = {},
): Promise<{ installation: Installation; stop: () => Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), "cco-e2e-"));
  const rulesFile = join(dataDir, "model-overrides.toml");
  copyFileSync("config/model-overrides.toml", rulesFile);
  const mock = launch(["dist/mock.mjs"], { MOCK_PORT: "0" });
  const mockUrl = (await mock.line(/mock upstream on (http:\S+)/))[1] ?? "";
  const port = await freePort();
  const cco = launch(["bin/cco.mjs", "run", "--port", String(port), "--config", rulesFile], {
    CCO_DATA_DIR: dataDir,
    CCO_UPSTREAM_URL: mockUrl,
    ...env,
  });
  const setupLink = (await cco.line(/(http:\S+\/setup\?token=\S+)/))[1] ?? "";
  const url = `http://localhost:${port}`;
  await answers(`${url}/sign-in`);
  const installation = { url, mockUrl, dataDir, rulesFile, setupLink, log: cco.output };
  const stop = async () => {
    await cco.stop();
    await mock.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { installation, stop };
}

/** The first-run wizard by its one-time link: leaves the owner signed in. */
export async function setUpOwner(page: Page, cco: Installation): Promise<void> {
  await page.goto(cco.setupLink);
  await page.getByLabel("Your name").fill(owner.name);
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(owner.password);
  await page.getByRole("button", { name: "Create the owner account" }).click();
}

export async function signIn(
  page: Page,
  cco: Installation,
  person: { email: string; password: string },
): Promise<void> {
  await page.goto(`${cco.url}/sign-in`);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

function launch(args: string[], env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: "UTC", NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const waiting = new Set<() => void>();
  const hear = (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    output: () => text,
    line: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (!match) return;
          waiting.delete(look);
          clearTimeout(limit);
          resolve(match);
        };
        const give = (why: string) => reject(new Error(`${args.join(" ")} ${why}; it printed:\n${text}`));
        const limit = setTimeout(() => give(`never printed ${pattern}`), 60_000);
        child.once("exit", (code) => give(`ended with ${code}`));
        waiting.add(look);
        look();
      }),
    stop: async () => {
      child.kill("SIGTERM");
      const limit = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(limit);
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** Waits until the address answers with anything below 500. */
async function answers(url: string): Promise<void> {
  await expect
    .poll(async () => (await fetch(url).catch(() => null))?.status ?? 599, {
      timeout: 60_000,
      message: `${url} never answered`,
    })
    .toBeLessThan(500);
}
