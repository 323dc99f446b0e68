import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const chromium = [
  process.env.CCO_CHROMIUM,
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && path !== "" && existsSync(path));

/** Files that take longest. They start first, so that a run does not end with one worker at work. */
const longest = ["first-run.e2e.ts", "fit.e2e.ts", "pages.e2e.ts"];

/** Stories in a real browser against the built product. Each story starts its own installation (fixtures.ts). */
export default defineConfig({
  testDir: ".",
  projects: [
    { name: "longest", testMatch: longest },
    { name: "rest", testMatch: "*.e2e.ts", testIgnore: longest },
  ],
  outputDir: ".results",
  globalSetup: "./run-folder.ts",
  // One more than the processors of a small machine: stories also wait for polls and for processes that stop.
  workers: 3,
  retries: 0,
  forbidOnly: true,
  timeout: 600_000,
  expect: { timeout: 120_000 },
  use: {
    viewport: { width: 1440, height: 900 },
    // A trace costs a quarter of a run's processor time, and passing runs throw it away. `--trace on` records one.
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
