// Long because an installation's folder, processes, people and their sign-in stand beside each other.

import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, expect, type Page, test as withPrefetching } from "@playwright/test";
import { endWithTest } from "#tests/support/end-with-test.ts";
import { copySeeded } from "./seeded-folder.ts";

/** Separate installation per story: fake upstream, proxy, console, empty data folder. */
export interface Installation {
  url: string;
  mockUrl: string;
  dataDir: string;
  rulesFile: string;
  setupLink: string;
  log: () => string;
}

export interface Started {
  installation: Installation;
  stop: () => Promise<void>;
}

export const owner = { name: "Olga Owner", email: "olga@example.com", password: "correct-horse-battery-9" };

/** Ends only a wait for what never comes: stories run beside the other tests. */
const START_WITHIN_MS = 300_000;

interface StartOptions {
  /** It already has a team, a rules history and two months of traffic (the demo's). */
  seeded?: boolean;
  /** Variables of the operator's beside those every installation here has. */
  env?: Record<string, string>;
}

export async function startInstallation({ seeded = false, env = {} }: StartOptions = {}): Promise<Started> {
  const dataDir = mkdtempSync(join(tmpdir(), "cco-e2e-"));
  const rulesFile = join(dataDir, "model-overrides.toml");
  if (seeded) await copySeeded(dataDir);
  else copyFileSync("config/model-overrides.toml", rulesFile);
  const mock = launch(["dist/mock.mjs"], { MOCK_PORT: "0" });
  const mockUrl = (await mock.line(/mock upstream on (http:\S+)/))[1] ?? "";
  const port = await freePort();
  const cco = launch(["bin/cco.mjs", "run", "--port", String(port), "--config", rulesFile], {
    CCO_DATA_DIR: dataDir,
    CCO_UPSTREAM_URL: mockUrl,
    ...(seeded ? { CCO_DEMO: "1" } : {}),
    ...env,
  });
  const setupLink = seeded ? "" : ((await cco.line(/(http:\S+\/setup\?token=\S+)/))[1] ?? "");
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

/** The first-run wizard by its one-time link: leaves the owner signed in on the Connect page. */
export async function setUpOwner(page: Page, cco: Installation): Promise<void> {
  await page.goto(cco.setupLink);
  await page.getByLabel("Your name").fill(owner.name);
  await page.getByLabel("E-mail address").fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(owner.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Organisation").fill("Acme");
  await page.getByRole("combobox", { name: "Reporting zone" }).click();
  await page.getByRole("option", { name: /^UTC/ }).first().click();
  await page.getByRole("button", { name: "Set up CCO" }).click();
  await expect(page.getByRole("heading", { name: "The provider answered" })).toBeVisible();
  await page.getByRole("link", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Continue without a rule" }).click();
  await expect(page).toHaveURL(/\/connect/);
}

/** The same by the calls that the wizard makes, for stories that begin after it. */
export async function becomeOwner(page: Page, cco: Installation): Promise<void> {
  const token = new URL(cco.setupLink).searchParams.get("token");
  const made = await call(page, cco, "/api/setup", { token, ...owner, organisation: "Acme", reportingZone: "UTC" });
  expect(made.status(), await made.text()).toBe(200);
  await signIn(page, cco, owner);
}

/** An installation whose owner is at the browser, and what ends both. */
export async function startAsOwner(
  browser: Browser,
): Promise<{ cco: Installation; page: Page; stop: () => Promise<void> }> {
  const { installation, stop } = await startInstallation();
  const page = await openPage(browser);
  try {
    await becomeOwner(page, installation);
  } catch (problem) {
    await stop();
    throw problem;
  }
  const stopBoth = async () => {
    await page.close();
    await stop();
  };
  return { cco: installation, page, stop: stopBoth };
}

/** Signs the page's browser in by the calls that the form makes. The page itself stays where it is. */
export async function signIn(
  page: Page,
  cco: Installation,
  { email, password }: { email: string; password: string },
): Promise<void> {
  const { csrfToken } = await (await page.request.get(`${cco.url}/api/auth/csrf`)).json();
  const answer = await call(page, cco, "/api/auth/callback/password", { email, password, json: "true", csrfToken });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** The version of the rules the proxy goes by. */
export const rulesVersion = async (cco: Installation): Promise<number | null> =>
  ((await (await fetch(`${cco.url}/health`)).json()) as { rules_version: number | null }).rules_version;

/**
 * Keeps the pages that this page goes to from prefetching what their links lead to. That is 18 to 52 requests each, a
 * third of a load's processor time. A click then fetches what prefetching would have. The first run, the first day and
 * one look at every page go without this.
 */
export const keepFromPrefetching = (page: Page) =>
  page.addInitScript(() => Reflect.deleteProperty(window, "IntersectionObserver"));

/** Opens a page in a separate context that does not prefetch nor move, since frames cost CPU time. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext({ reducedMotion: "reduce", ...options })).newPage();
  await keepFromPrefetching(page);
  return page;
}

/** Playwright's `test`. Its `page` neither prefetches nor moves. `demo` is a seeded installation, to read only. */
export const test = withPrefetching.extend<object, { demo: Installation }>({
  page: async ({ page }, use) => {
    await keepFromPrefetching(page);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await use(page);
  },
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads here which fixtures this one needs
    async ({}, use) => {
      const { installation, stop } = await startInstallation({ seeded: true });
      await use(installation);
      await stop();
    },
    { scope: "worker", timeout: START_WITHIN_MS },
  ],
});

/** A change by direct call, as the console's own pages make them. */
export const call = (on: Page, cco: Installation, path: string, data: unknown) =>
  on.request.post(`${cco.url}${path}`, {
    headers: { "content-type": "application/json", origin: cco.url, "sec-fetch-site": "same-origin" },
    data,
  });

/** A person of a role, invited by the owner of `ownersPage` and signed in on a separate page. */
export async function joinAs(
  ownersPage: Page,
  cco: Installation,
  person: { name: string; email: string; password: string; role: string },
): Promise<Page> {
  const { email, role } = person;
  const invited = await call(ownersPage, cco, "/api/team/invites", { email, role });
  const token = ((await invited.json()) as { path: string }).path.replace("/invite/", "");
  const page = await openPage(requireBrowser(ownersPage));
  const { name, password } = person;
  const accepted = await call(page, cco, "/api/invites/accept", { token, email, name, password });
  expect(accepted.status(), await accepted.text()).toBeLessThan(300);
  await signIn(page, cco, person);
  return page;
}

/** The browser that shows a page. */
export function requireBrowser(page: Page): Browser {
  const browser = page.context().browser();
  if (browser === null) throw new Error("this page belongs to no browser");
  return browser;
}

function launch(args: string[], env: Record<string, string>) {
  const child: ChildProcess = endWithTest(
    spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: "UTC", NODE_ENV: "production", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  let text = "";
  const waiting = new Set<() => void>();
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
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
        const limit = setTimeout(() => give(`never printed ${pattern}`), START_WITHIN_MS);
        child.once("exit", (code) => give(`ended with ${code}`));
        waiting.add(look);
        look();
      }),
    stop: async () => {
      child.kill("SIGTERM");
      // CCO then serves 4.5 s longer, for balancers. A later second signal ends that.
      const hurry = setTimeout(() => child.kill("SIGTERM"), 1_000);
      const limit = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(hurry);
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
      timeout: START_WITHIN_MS,
      message: `${url} never answered`,
    })
    .toBeLessThan(500);
}
