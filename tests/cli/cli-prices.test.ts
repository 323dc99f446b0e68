import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

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

it("cco prices prices a period again beside the books, says so first, and takes it back", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const place = { CCO_DATA_DIR: world.deps.config.dataDir, CCO_CONFIG: world.deps.config.rulesFile };
  const folder = mkdtempSync(join(tmpdir(), "cco-cli-prices-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "prices.toml");
  writeFileSync(file, HALF);
  const startedAtMs = Date.parse("2026-11-12T12:00:00Z");
  const opus = pricedEvent({ servedModel: "claude-opus-5-5", decision: "pass", startedAtMs, endedAtMs: startedAtMs });
  await world.record([opus]);
  const cost = BigInt(opus.costNanoUsd ?? 0);
  await ccoHere(["prices", "set", file], place);

  const days = ["--from", "2026-11-10", "--to", "2026-11-20"];
  expect((await ccoHere(["prices", "reprice"], place)).code).toBe(2);
  expect((await ccoHere(["prices", "reprice", "--from", "yesterday", "--to", "2026-11-20"], place)).code).toBe(2);
  const dry = await ccoHere(["prices", "reprice", ...days, "--dry-run", "--json"], place);
  const preview = JSON.parse(dry.stdout);
  expect(preview).toMatchObject({ requests: 1, isChange: true, metered: { beforeNanoUsd: `${cost}` } });
  expect(BigInt(preview.metered.afterNanoUsd) * 2n).toBe(cost);
  const lines = await ccoHere(["prices", "reprice", ...days, "--dry-run"], place);
  expect(lines.stdout).toContain("claude-opus-5-5\t");
  expect(lines.stderr).toContain("Nothing was written");
  const none = await ccoHere(["prices", "reprice", ...days, "--models", "claude-haiku-5-5"], place);
  expect([none.code, none.stdout]).toEqual([0, ""]);

  const written = await ccoHere(["prices", "reprice", ...days, "-m", "as agreed"], place);
  expect(written.stdout).toContain("1\t10 Nov – 19 Nov 2026\t−");
  expect((await ccoHere(["prices", "reprice", ...days], place)).stderr).toContain("Nothing changes");
  const table = JSON.parse(
    (await ccoHere(["cost", "--from", "2026-11-10", "--to", "2026-11-20", "--json"], place)).stdout,
  );
  expect(table.total.correctedNanoUsd).toBe(`${BigInt(preview.metered.afterNanoUsd) - cost}`);
  expect(table.corrections).toHaveLength(1);
  expect((await ccoHere(["prices", "undo", "1"], place)).stdout).toContain("takes back 1");
  expect((await ccoHere(["prices", "undo", "1"], place)).code).not.toBe(0);
  expect((await ccoHere(["prices", "corrections"], place)).stdout.trim().split("\n")).toHaveLength(2);
  expect((await ccoHere(["verify"], place)).stderr).toContain("0 corrections in force; 1 row computed again");
});

it("cco prices names the kind of file it misses", async () => {
  const { code, stderr } = await ccoHere(["prices", "validate", "not-there.toml"]);

  expect(code).toBe(3);
  expect(stderr).toContain("name a prices file, or - for standard input");
});
