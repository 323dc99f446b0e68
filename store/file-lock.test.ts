import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runChild } from "#tests/support/child.ts";
import { takeFileLock } from "./file-lock.ts";

it("a file lock is held by one process at a time, and free as soon as it is released", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cco-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "a.lock");

  const first = takeFileLock(path);
  expect(await first.taken).toBe(true);
  expect(await takeFileLock(path).taken).toBe(false);

  first.release();
  first.release();
  const second = takeFileLock(path);
  expect(await second.taken).toBe(true);
  second.release();
});

it("a file lock is still held after its own process tried to take it again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cco-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "a.lock");
  const first = takeFileLock(path);
  onTestFinished(() => first.release());
  expect(await first.taken).toBe(true);
  expect(await takeFileLock(path).taken).toBe(false);

  expect(await runChild("take-lock", path)).toBe("false");

  first.release();
  expect(await runChild("take-lock", path)).toBe("true");
});
