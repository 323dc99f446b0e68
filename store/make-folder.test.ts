import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "#tests/support/scratch.ts";
import { makeFolder } from "./make-folder.ts";

it("makes a folder and those above it, for this user alone, and leaves one that is there", () => {
  const dir = scratchFolder();
  makeFolder(join(dir, "a", "b", "c"));
  mkdirSync(join(dir, "open"), { mode: 0o755 });
  makeFolder(join(dir, "open"));

  expect(statSync(join(dir, "a", "b")).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, "a", "b", "c")).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, "open")).mode & 0o777).toBe(0o755);
});

it("ends with the error of the file system where a file is in the way", () => {
  const file = join(scratchFolder(), "file");
  writeFileSync(file, "");

  expect(() => makeFolder(file)).toThrow("EEXIST");
  expect(() => makeFolder(join(file, "below"))).toThrow("ENOTDIR");
});

it("ends where the file system takes no folder and says that the one above is not there", () => {
  expect(() => makeFolder("/proc/cco/backups")).toThrow("ENOENT");
});

it("is the one way in which the product makes a folder with those above it", () => {
  const files = ["app", "cli", "config", "control", "proxy", "store"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|generated/.test(name))
      .map((name) => join(folder, name)),
  );

  expect(files.filter((file) => /mkdir(Sync)?\([^;]*recursive/.test(readFileSync(file, "utf8")))).toEqual([]);
});
