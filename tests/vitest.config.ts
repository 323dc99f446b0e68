import { defineConfig } from "vitest/config";

/** Unit tests lie beside their files; integration tests in tests/. Browser stories are Playwright's (e2e/). */
export default defineConfig({
  test: {
    include: ["{core,config,store,control,proxy,app,cli,mock,tools}/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/.next/**", "dist/**"],
    pool: "forks",
    maxWorkers: 2,
    // Waits are for facts, and these limits only end a wait that would never end: a slow machine must not decide.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
