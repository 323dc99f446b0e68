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

/**
 * Files that change or measure what a process has only one of. That is its clock, its variables, its memory, its event
 * loop.
 */
const ALONE = ["console-turns", "database-moved", "floods", "proxy-endings", "proxy-memory", "slow-callers"].map(
  (name) => `tests/**/${name}.test.ts`,
);

/**
 * Sorts the longest files first, and keeps each project's files together. A worker goes on to the next file in its
 * process only where that is of the same project.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = ["alone", "integration", "unit"];
    const rank = ({ moduleId, project }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return projects.indexOf(project.name) * LONGEST.length + (at === -1 ? LONGEST.length - 1 : at);
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/**
 * Vitest settings. Unit tests lie beside their files. Tests of several parts are in tests/, in folders named as the
 * rooms. Browser stories are Playwright's (e2e/).
 */
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["{core,config,store,control,proxy,app}/**/*.test.ts"] },
      },
      {
        extends: true,
        test: { name: "integration", include: ["{cli,mock,tools}/**/*.test.ts", "tests/**/*.test.ts"], exclude: ALONE },
      },
      {
        extends: true,
        test: { name: "alone", include: ALONE, isolate: true },
      },
    ],
    // A worker runs file after file in one process: each leaves nothing behind outside its own functions. A process each would read
    // the same modules again for 1.5 s.
    isolate: false,
    exclude: ["**/node_modules/**", "**/.next/**", "dist/**"],
    pool: "forks",
    // A file's process ends before optimised WebAssembly (Prisma's query compiler) could pay for a second of optimising.
    execArgv: ["--liftoff-only"],
    // One worker more than the two cores of a small machine. Half of a long test is a wait for another process. With
    // four, tests of short windows ran late on a busy one.
    maxWorkers: 3,
    globalSetup: "tests/support/run-folder.ts",
    sequence: { sequencer: LongestFirst },
    // Waits are for facts, and these limits only end a wait that would never end. A slow machine must not decide.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
