import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files of more than half a minute. They begin first: one of them alone at the end would keep the other workers idle. */
const LONGEST = [
  "budgets-over-restarts",
  "cli-backup",
  "database-faults",
  "proxy-stop",
  "cli-team",
  "cli-run",
  "proxy-kill",
  "cli-verify",
  "start-without-database",
  "cli-rules",
  "database-moved",
  "cli-connect",
  "start-matrix",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** Unit tests lie beside their files; integration tests in tests/. Browser stories are Playwright's (e2e/). */
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        // These share a process: they start no program and leave nothing behind outside their own functions. One each costs 0.4 s.
        test: { name: "unit", include: ["{core,config,store,control,proxy,app}/**/*.test.ts"], isolate: false },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["{cli,mock,tools}/**/*.test.ts", "tests/**/*.test.ts"],
        },
      },
    ],
    exclude: ["**/node_modules/**", "**/.next/**", "dist/**"],
    pool: "forks",
    // A file's process ends before optimised WebAssembly (Prisma's query compiler) could pay for a second of optimising.
    execArgv: ["--liftoff-only"],
    // One more than the two cores of a small machine: half of a long test is a wait for another process. With four, tests of short
    // windows ran late on a busy one.
    maxWorkers: 3,
    globalSetup: "tests/support/run-folder.ts",
    sequence: { sequencer: LongestFirst },
    // Waits are for facts, and these limits only end a wait that would never end: a slow machine must not decide.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
