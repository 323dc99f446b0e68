import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "#tests/support/scratch.ts";
import { DatabaseBeingRestored, findDatabaseUsers, noteDatabaseOpen, takeDatabaseAlone } from "./database-use.ts";

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
