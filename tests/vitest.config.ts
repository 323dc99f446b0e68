import { defineConfig } from "vitest/config";

/** Unit tests lie beside their files; integration tests in tests/. Browser stories are Playwright's (e2e/). */
export default defineConfig({
  test: {
    include: ["{core,config,store,control,proxy,app,cli,mock,tools}/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/.next/**", "dist/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Polling waits for a fact; a machine that is slow must not decide.
    expect: { poll: { timeout: 60_000 } },
  },
});
