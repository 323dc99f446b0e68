import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { until } from "#tests/support/proxy-process.ts";
import { root } from "#tests/support/run-cco.ts";

it("ends a proxy and its workers with the test process, after a hook that timed out", async () => {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/fixtures/left-behind/vitest.config.ts"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, encoding: "utf8" }).catch(
    (ended: { stdout: string; stderr: string }) => ended,
  );
  const pids = /left behind: ([\d ]+)/.exec(stdout)?.[1]?.split(" ") ?? [];

  expect(stderr).toMatch(/hook timed out/i);
  expect(pids.length).toBeGreaterThanOrEqual(3);
  await until(() => pids.every((pid) => !existsSync(`/proc/${pid}`)), 20_000);
}, 300_000);

it("starts no lasting process in a test without naming it to the watchdog", () => {
  // The first starts the watchdog; the second's processes end with the command that waits for them.
  const others = new Set(["tests/support/end-with-test.ts", "tests/support/image-folder.ts"]);
  const forgotten = ["tests", "e2e"]
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`))
    .filter((name) => name.endsWith(".ts") && !name.includes("/fixtures/") && !others.has(name))
    .filter((name) => {
      const text = readFileSync(name, "utf8");
      return /(?<![\w.])spawn\(/.test(text) && !text.includes("endWithTest(");
    });

  expect(forgotten).toEqual([]);
});
