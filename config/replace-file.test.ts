import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { scratchFolder } from "#tests/support/scratch.ts";
import { replaceFile } from "./replace-file.ts";

it("keeps every bit of a mode, also one that the umask would take", () => {
  const file = join(scratchFolder(), "file");
  replaceFile(file, "one", () => 0o666);
  replaceFile(file, "two", (oldMode) => oldMode ?? 0);

  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["two", 0o666]);
});

it("writes to what is no file and leaves it what it is", () => {
  const pipe = join(scratchFolder(), "pipe");
  spawnSync("mkfifo", [pipe]);
  const reader = openSync(pipe, "r+");
  onTestFinished(() => closeSync(reader));
  replaceFile(pipe, "into the pipe", () => 0o600);
  const read = Buffer.alloc(100);
  const length = readSync(reader, read);

  expect([read.toString("utf8", 0, length), statSync(pipe).isFIFO()]).toEqual(["into the pipe", true]);
});
