import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { scratchFolder } from "#tests/support/scratch.ts";
import { findLockFault, findUnseenUse } from "./database-lock.ts";
import {
  DatabaseBeingRestored,
  findDatabaseUsers,
  lookAtLocks,
  noteDatabaseOpen,
  takeDatabaseAlone,
} from "./database-use.ts";
import { takeFileLock } from "./file-lock.ts";

function makeFile(): { file: string; url: string } {
  const file = join(scratchFolder(), "cco.db");
  writeFileSync(file, "");
  return { file, url: `file:${file}` };
}

it("lets a process that has connections take the database alone, and have it as before", async () => {
  const { file, url } = makeFile();
  const releases = [await noteDatabaseOpen(url, 0), await noteDatabaseOpen(url, 0)];

  const giveBack = await takeDatabaseAlone(file);
  expect(giveBack).not.toBeNull();
  expect(await takeDatabaseAlone(file)).toBeNull();
  await giveBack?.();

  const again = await takeDatabaseAlone(file);
  expect(again).not.toBeNull();
  await again?.();
  for (const release of releases) release();
  expect(findDatabaseUsers(file)).toEqual([]);
});

it("names a restore to those who wait for it in vain", () => {
  const { file } = makeFile();
  expect(new DatabaseBeingRestored(file)).toMatchObject({
    code: "SQLITE_BUSY",
    message: expect.stringContaining(file),
  });
});

const isTakenBy = async (lock: ReturnType<typeof takeFileLock>) => lock.taken.finally(() => lock.release());

it("takes a lock that was removed again, in the file that others look at", async () => {
  const { file, url } = makeFile();
  const release = await noteDatabaseOpen(url, 0);
  rmSync(`${file}.lock`);
  expect(await isTakenBy(takeFileLock(`${file}.lock`))).toBe(true);

  rmSync(`${file}.lock`);
  await lookAtLocks();
  const { ino } = statSync(`${file}.lock`);
  await lookAtLocks();

  expect(existsSync(`${file}.lock`)).toBe(true);
  expect(statSync(`${file}.lock`).ino).toBe(ino);
  expect(await isTakenBy(takeFileLock(`${file}.lock`))).toBe(false);
  release();
  expect(await isTakenBy(takeFileLock(`${file}.lock`))).toBe(true);
});

it("gives the lock to those who may write the database, and says where it was not theirs", async ({ skip }) => {
  if (process.getuid?.() !== 0) return skip("only root has files of other users");
  const { file, url } = makeFile();
  chownSync(file, 65534, 65534);
  chmodSync(file, 0o660);
  writeFileSync(`${file}.lock`, "", { mode: 0o600 });
  expect(findLockFault(file)?.fix).toBe(`chown 65534:65534 ${file}.lock && chmod 660 ${file}.lock`);
  expect(findUnseenUse(file)).toContain("cannot be opened by everyone who may write the database");

  (await noteDatabaseOpen(url, 0))();

  const { uid, gid, mode } = statSync(`${file}.lock`);
  expect([uid, gid, mode & 0o777]).toEqual([65534, 65534, 0o660]);
  expect(findLockFault(file)).toBeNull();
  expect(findUnseenUse(file)).toContain("Wait a minute");
});

it("prints commands that a shell carries out on a path with spaces", async ({ skip }) => {
  if (process.getuid?.() !== 0) return skip("only root has files of other users");
  const folder = join(scratchFolder(), "n x's");
  mkdirSync(folder);
  const file = join(folder, "cco.db");
  writeFileSync(file, "");
  chownSync(file, 65534, 65534);
  writeFileSync(`${file}.lock`, "", { mode: 0o600 });
  const carryOut = (command = "") => execFileSync("sh", ["-ec", command], { cwd: folder });

  carryOut(findLockFault(file)?.fix);
  expect(findLockFault(file)).toBeNull();

  linkSync(file, join(folder, "second.db"));
  carryOut(/Copy it: (.*), with CCO/.exec(findUnseenUse(file) ?? "")?.[1]);
  expect(statSync(file).nlink).toBe(1);

  rmSync(`${file}.lock`);
  mkdirSync(`${file}.lock`);
  carryOut(findLockFault(file)?.fix);
  expect(findLockFault(file)).toBeNull();
});

it("makes a lock that is whole from the beginning, of which nothing is said", async ({ skip }) => {
  if (process.getuid?.() !== 0) return skip("only root has files of other users");
  const { file, url } = makeFile();
  chownSync(file, 65534, 65534);
  (await noteDatabaseOpen(url, 0))();

  expect(statSync(`${file}.lock`).uid).toBe(65534);
  expect(findUnseenUse(file)).toBeNull();
  linkSync(file, `${file}.other`);
  expect(findUnseenUse(file)).toContain("has 2 names (hard links)");
});
