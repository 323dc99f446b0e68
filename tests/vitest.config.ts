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
  },
});
