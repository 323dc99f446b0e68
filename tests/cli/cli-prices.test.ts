import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";

const HALF = `[[discount]]\nmodel = "claude-opus-5-5"\nfrom = "2026-01-01"\npercent = "50"\n`;

it("cco prices checks a file, shows what it would change, saves it, and lists what is paid", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const place = { CCO_DATA_DIR: world.deps.config.dataDir, CCO_CONFIG: world.deps.config.rulesFile };
  const folder = mkdtempSync(join(tmpdir(), "cco-cli-prices-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "prices.toml");
  const wrong = join(folder, "wrong.toml");
  writeFileSync(file, HALF);
  writeFileSync(wrong, HALF.replace('"50"', '"-50"'));

  const bad = await ccoHere(["prices", "validate", wrong], place);
  expect([bad.code, bad.stdout]).toEqual([3, ""]);
  expect(bad.stderr).toContain(`${wrong}:4: discount[1].percent is negative`);
  expect((await ccoHere(["prices", "set", wrong], place)).code).toBe(3);
  expect(await ccoHere(["prices", "validate", file], place)).toMatchObject({ code: 0, stdout: "" });

  const dry = await ccoHere(["prices", "set", file, "--dry-run"], place);
  expect(dry.stdout).toContain("claude-opus-5-5\tfrom 2026-01-01\t$4.00 in, $20.00 out -> $2.00 in, $10.00 out");
  const saved = await ccoHere(["prices", "set", file, "-m", "half"], place);
  expect([saved.code, saved.stdout.trim()]).toEqual([0, "v1"]);
  expect((await ccoHere(["prices", "set", file, "--if-version", "7"], place)).code).toBe(5);

  const list = await ccoHere(["prices", "list"], place);
  expect(list.stdout).toContain("claude-opus-5-5\t$2.00 in, $10.00 out\tlist, -50 %");
  expect(list.stderr).toContain("+own.1");
});
