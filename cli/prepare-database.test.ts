import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exitCodes } from "#core/exit-codes.ts";
import { scratchFolder } from "#tests/support/scratch.ts";
import { prepareDatabase } from "./prepare-database.ts";

it.each([
  ["is missing", null, /^\S+models\.toml: The model catalogue cannot be read/],
  [
    "has a misspelt key",
    'price_versiom = "2026-11-22"\n',
    /^\S+models\.toml:1: price_versiom is not a key of this file/,
  ],
])("a list of models that %s is named as such, not as a fault of the database", async (_, text, message) => {
  const folder = scratchFolder();
  const file = join(folder, "models.toml");
  if (text !== null) writeFileSync(file, text);
  const url = `file:${join(folder, "cco.db")}`;

  const prepared = prepareDatabase(url, { DATABASE_URL: url, CCO_DATA_DIR: folder, CCO_MODELS_FILE: file }, {});

  await expect(prepared).rejects.toMatchObject({
    code: exitCodes.invalidConfig,
    message: expect.stringMatching(message),
  });
});

it("a mistake in a variable of the console is named as such, before the database is asked", async () => {
  const url = "postgresql://cco@127.0.0.1:1/cco";

  const prepared = prepareDatabase(url, { DATABASE_URL: url, CCO_SMTP_URL: "smtp://mail" }, {});

  await expect(prepared).rejects.toMatchObject({
    code: exitCodes.invalidConfig,
    message: expect.stringContaining("CCO_SMTP_FROM"),
  });
});
