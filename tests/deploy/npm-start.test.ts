import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { endWithTest } from "#tests/support/end-with-test.ts";
import { root } from "#tests/support/run-cco.ts";

it("npm start passes SIGTERM on to CCO itself: no shell stands between them and keeps it", async () => {
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { scripts: Record<string, string> };
  // As npm starts it, with a program that says which process it is in the place of CCO.
  const command = scripts.start?.replace(
    "bin/cco.mjs run",
    "-e 'console.log(process.pid); setInterval(() => {}, 1000)'",
  );
  const shell = endWithTest(spawn("sh", ["-c", command ?? ""], { stdio: ["ignore", "pipe", "inherit"] }));
  onTestFinished(() => void shell.kill("SIGKILL"));

  const [pid] = await once(createInterface(shell.stdout), "line");

  expect(scripts.start).toContain("bin/cco.mjs run");
  expect(Number(pid)).toBe(shell.pid);
});
