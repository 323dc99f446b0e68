import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";

let world: ControlWorld;
let env: Record<string, string>;
let folder: string;

beforeAll(async () => {
  world = await makeControlWorld();
  folder = mkdtempSync(join(tmpdir(), "cco-export-"));
  env = { CCO_DATA_DIR: world.deps.config.dataDir, HOME: world.deps.config.dataDir };
  const at = (day: string) => ({
    startedAtMs: Date.parse(`${day}T10:00:00Z`),
    endedAtMs: Date.parse(`${day}T10:00:01Z`),
  });
  // 20,550,000 nano-dollars each, as `makeEvent` makes them.
  await world.record([
    makeEvent({ ...at("2026-10-02"), project: "docs" }),
    makeEvent({ ...at("2026-10-05"), project: "docs" }),
    makeEvent({ ...at("2026-10-05"), project: "shop", billingMode: "subscription" }),
  ]);
});

afterAll(async () => {
  await world.end();
  rmSync(folder, { recursive: true, force: true });
});

const RANGE = ["--from", "2026-10-01", "--to", "2026-11-01"];
const run = (...args: string[]) => ccoHere(["export", ...args], env);

describe("cco export in a format", () => {
  test("writes a CSV with the total, zone and basis, and leaves the one without a format as it was", async () => {
    const { stdout } = await run(...RANGE, "--format", "csv", "--group-by", "day,project");
    const lines = stdout.trimEnd().split("\r\n");
    expect(lines[0]).toMatch(/^row,day,project,time_zone,cost_basis,requests,/);
    expect(lines).toHaveLength(1 + 3 + 1);
    expect(lines.at(-1)).toMatch(/^"total",,,"UTC","as recorded",3,/);
    expect(lines.at(-1)).toContain(",0.041100000,");

    const old = (await run(...RANGE, "--group-by", "project")).stdout.split("\r\n");
    expect(old[0]).toMatch(/^project,time_zone,requests,/);
    expect(old).toHaveLength(1 + 2 + 1);
  });

  test("writes JSON lines, FOCUS of both versions and Parquet, to standard output and to a file", async () => {
    const lines = (await run(...RANGE, "--format", "jsonl", "--group-by", "project")).stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { project: "docs", requests: 2, cost_usd: "0.041100000", plan_value_usd: "0.000000000" },
      { project: "shop", requests: 1, cost_usd: "0.000000000", plan_value_usd: "0.020550000" },
    ]);

    const focus = await run(...RANGE, "--format", "focus", "-o", "-");
    expect(focus.stdout).toMatch(/^BilledCost,.*ServiceProviderName.*x_SchemaVersion\r\n/);
    const older = await run(...RANGE, "--format", "focus", "--focus-version", "1.2");
    expect(older.stdout).toMatch(/^BilledCost,.*ProviderName,PublisherName.*x_SchemaVersion\r\n/);

    const file = join(folder, "costs.parquet");
    expect((await run(...RANGE, "--format", "parquet", "--group-by", "day,project", "-o", file)).code).toBe(0);
    const bytes = readFileSync(file);
    const records = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(records.map(({ day, project, requests }) => [day, project, requests])).toEqual([
      ["2026-10-02", "docs", 1n],
      ["2026-10-05", "docs", 1n],
      ["2026-10-05", "shop", 1n],
    ]);
  });

  test("shows the rows in a dry run, and writes nothing", async () => {
    const { code, stdout, stderr } = await run(...RANGE, "--format", "focus", "--dry-run");
    expect(code).toBe(0);
    expect(stderr).toContain("cco_costs_2026-10-01_2026-11-01_UTC.focus-1.4.csv");
    expect(stdout).toContain("  BilledCost\t0.000300000\n");
    expect(stdout).toContain("  ChargeDescription\tOutput tokens for claude-sonnet-5-5\n");
  });

  test("names the mistake in a range, a column, a format and a version", async () => {
    for (const [args, words] of [
      [["--from", "2026-11-01", "--to", "2026-10-01", "--format", "csv"], "to: The range ends before it begins"],
      [["--format", "xlsx"], "format: Use csv, jsonl, focus, parquet."],
      [["--format", "focus", "--focus-version", "2"], "focusVersion: Use 1.4 or 1.2."],
      [["--columns", "costs_usd"], "Did you mean cost_usd?"],
      [["--group-by", "day,planet"], "Use some of day,"],
      [["--tz", "Mars"], "tz: This is not a time zone."],
      [["--requests", "--format", "parquet"], "--requests is a CSV"],
      [["--format", "csv", "--split", "model"], "--split is for the CSV of the page"],
      [["--total", "--no-total"], "give --total or --no-total"],
      [["--dry-run", "-o", "x.csv"], "--dry-run writes no file"],
    ] as const) {
      const { code, stderr } = await run(...args);
      expect([args.join(" "), code]).toEqual([args.join(" "), 2]);
      expect(stderr).toContain(words);
    }
  });
});
