import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCostTable } from "#control/costs/table.ts";
import { operatorActor } from "#core/access/actor.ts";
import { formatCount, formatMoney } from "#core/report/format.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

let world: ControlWorld;
let env: Record<string, string>;
/** E-mail address of a person with requests. */
let address: string;

beforeAll(async () => {
  world = await makeControlWorld();
  env = { CCO_DATA_DIR: world.deps.config.dataDir, HOME: world.deps.config.dataDir };
  const ann = await world.person("developer", "ann");
  address = ann.email;
  const at = (day: string) => ({
    startedAtMs: Date.parse(`${day}T10:00:00Z`),
    endedAtMs: Date.parse(`${day}T10:00:01Z`),
  });
  await world.record([
    pricedEvent({ ...at("2026-10-02"), id: "evt_1", project: "docs", personId: ann.id }),
    pricedEvent({ ...at("2026-10-02"), id: "evt_2", project: "shop\n\u001b[2J" }),
    pricedEvent({ ...at("2026-10-05"), id: "evt_3", project: "docs", billingMode: "subscription" }),
  ]);
});

afterAll(() => world.end());

const RANGE = ["--from", "2026-10-01", "--to", "2026-11-01"];
const cost = (...args: string[]) => ccoHere(["cost", ...RANGE, ...args], env);
const readTable = (group: "day" | "project" | "person") =>
  readCostTable(operatorActor("test"), group, { range: "2026-10-01..2026-11-01", cmp: "none" }, world.deps);

describe("cco cost with a word of ccusage", () => {
  const run = (...args: string[]) => ccoHere(["cost", ...args], env);
  const readCost = (row: { figures: { costNanoUsd: string } }) => row.figures.costNanoUsd;

  test("groups by day, week, month and model, with both ends of the range included", async () => {
    const read = async (...args: string[]) => JSON.parse((await run(...args, "--json")).stdout);
    const days = await read("daily", "--since", "20261002", "--until", "20261005");
    const { total } = await readTable("day");

    expect(days.total).toEqual(total);
    expect(days.rows.map(({ key }: { key: string }) => key)).toEqual(["2026-10-02", "2026-10-05"]);
    expect((await read("daily", "--since", "2026-10-02", "--until", "2026-10-04")).rows).toHaveLength(1);
    const weeks = await read("weekly", ...RANGE);
    expect(weeks.rows.map(({ key }: { key: string }) => key)).toEqual(["2026-09-28", "2026-10-05"]);
    const months = await read("monthly", ...RANGE);
    expect(months.rows.map((row: Parameters<typeof readCost>[0]) => readCost(row))).toEqual([total.costNanoUsd]);
    expect((await read("models", ...RANGE)).group).toBe("model");
  });

  test("breaks each row down by model, and writes only the parts where no terminal reads", async () => {
    const { stdout } = await run("daily", ...RANGE, "--breakdown");
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    const table = await readCostTable(
      operatorActor("test"),
      ["day", "model"],
      { range: "2026-10-01..2026-11-01", cmp: "none" },
      world.deps,
    );

    expect(lines[0]?.slice(0, 3)).toEqual(["day", "model", "requests"]);
    const parts = table.rows.flatMap(({ key, parts = [] }) =>
      parts.map((part) => [key, part.label, formatCount(part.figures.requests)]),
    );
    expect(lines.slice(1, -1).map((cells) => cells.slice(0, 3))).toEqual(parts);
    expect(lines.at(-1)?.slice(0, 3)).toEqual(["total", "", formatCount(table.total.requests)]);
  });

  test("names the mistake in a range, a grouping, a word and a flag that its verb does not read", async () => {
    for (const [args, words] of [
      [["daily", "--since", "2026-13-01"], "--since 2026-13-01 is no day"],
      [["daily", "--until", "20261001"], "--until needs --since"],
      [["daily", "--since", "20261005", "--until", "20261001"], "is before --since"],
      [["daily", "--since", "20261001", "--range", "7d"], "give one range"],
      [["dayly"], 'there is no "cco cost dayly"'],
      [["--by", "projekt"], "--by projekt is not known"],
      [["models", "--breakdown"], "cannot be split by model again"],
      [["gate", "--by", "day", "--max", "1"], "--by"],
    ] as const) {
      const { code, stderr } = await run(...args);
      expect([args.join(" "), code]).toEqual([args.join(" "), 2]);
      expect(stderr).toContain(words);
    }
  });
});

describe("cco cost gate", () => {
  const gate = (...args: string[]) => ccoHere(["cost", "gate", ...RANGE, ...args], env);
  const dollars = (nano: bigint) => `${nano / 1_000_000_000n}.${String(nano % 1_000_000_000n).padStart(9, "0")}`;

  test("passes at the exact cost and fails a nano-dollar below it", async () => {
    const cost = BigInt((await readTable("day")).total.costNanoUsd ?? 0);

    const passed = await gate("--max", dollars(cost));
    expect([passed.code, passed.stdout.split("\t")[0]]).toEqual([0, "passed"]);
    const failed = await gate("--max", dollars(cost - 1n), "--json");
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      passed: false,
      costNanoUsd: cost.toString(),
      maxNanoUsd: (cost - 1n).toString(),
    });
  });

  test("refuses a maximum that is missing, negative, no number or beyond all money", async () => {
    for (const max of [[], ["--max=-1"], ["--max", "NaN"], ["--max", "1e30"], ["--max", "0.0000000001"]]) {
      const { code, stderr } = await gate(...max);
      expect([max.join(" "), code]).toEqual([max.join(" "), 2]);
      expect(stderr).toContain("--max");
    }
    expect((await gate("--max", "0")).code).toBe(1);
  });

  test("fails where a request without a known price is in no amount, unless that is allowed", async () => {
    await world.record([
      pricedEvent({
        id: "evt_unpriced",
        startedAtMs: Date.parse("2026-09-02T10:00:00Z"),
        costNanoUsd: null,
        costs: null,
        baselineNanoUsd: null,
        savedNanoUsd: null,
      }),
    ]);
    const september = ["cost", "gate", "--range", "2026-09-02", "--max", "100"];
    const failed = await ccoHere(september, env);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("1 request without a known price");
    expect((await ccoHere([...september, "--allow-unpriced"], env)).code).toBe(0);
  });
});

describe("cco cost", () => {
  test("has the rows and the exact total of the page Costs", async () => {
    for (const [by, group] of [
      ["day", "day"],
      ["project", "project"],
      ["user", "person"],
    ] as const) {
      const { rows, total } = JSON.parse((await cost("--by", by, "--json")).stdout);
      const table = await readTable(group);

      expect(total, by).toEqual(table.total);
      expect(
        rows.map(({ figures }: { figures: object }) => figures),
        by,
      ).toEqual(table.rows.map(({ figures }) => figures));
    }
  });

  test("rounds as the page does, one line a row, and keeps plan value apart", async () => {
    const { code, stdout, stderr } = await cost("--by", "project");
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    const { total } = await readTable("project");

    expect(code).toBe(0);
    expect(lines[0]).toEqual([
      "project",
      "requests",
      "overridden",
      "tokens",
      "cost",
      "saved",
      "avoided",
      "plan value",
      "unpriced",
    ]);
    expect(lines).toHaveLength(4);
    expect(lines.map(([name]) => name)).toContain("shop\ufffd\ufffd[2J");
    expect(lines.at(-1)?.slice(4)).toEqual([
      formatMoney(total.costNanoUsd),
      formatMoney(total.savedNanoUsd),
      "$0.00",
      formatMoney(total.planValueNanoUsd),
      formatCount(total.unpriced),
    ]);
    expect(stderr).toContain("UTC");
  });

  test("writes with --csv what cco export writes", async () => {
    const csv = await cost("--by", "project", "--csv");
    const exported = await ccoHere(["export", ...RANGE, "--group-by", "project"], env);

    expect(csv.code).toBe(0);
    expect(csv.stdout).toMatch(/^\uFEFF?project,/);
    expect(csv.stdout).toBe(exported.stdout);
  });

  test("takes a person by address, name or id, and refuses one that is not known", async () => {
    const { rows } = JSON.parse((await cost("--by", "user", "--json")).stdout);
    const { key: id } = rows.find(({ label }: { label: string }) => label === "ann");
    const wanted = await cost("--person", id, "--json");

    expect(JSON.parse(wanted.stdout).total.requests).toBe(1);
    for (const named of [address, "Ann"])
      expect((await cost("--person", named, "--json")).stdout, named).toBe(wanted.stdout);
    const requests = await ccoHere(["export", "--requests", ...RANGE, "--person", address], env);
    expect(requests.stdout.trim().split("\n")).toHaveLength(2);
    for (const words of [["cost"], ["cost", "--csv"], ["export"], ["export", "--requests"]])
      expect(await ccoHere([...words, ...RANGE, "--person", "x@example.com"], env), words.join(" ")).toMatchObject({
        code: 1,
        stdout: "",
        stderr: "error: there is no person x@example.com\nhint: cco users list shows them\n",
      });
    expect(await cost("--model", "no-such-model")).toMatchObject({ code: 0 });
  });

  test("names what was probably meant, and refuses two formats at once", async () => {
    expect(await cost("--by", "modle")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean --by model?"),
    });
    expect(await cost("--csv", "--json")).toMatchObject({ code: 2 });
    expect(await ccoHere(["cost", "--range", "sometime"], env)).toMatchObject({ code: 2 });
  });

  test("says that there are no requests of a project or team, whose total would look like that of one without costs", async () => {
    expect((await cost("--team", "nope")).stderr).toContain("no requests of --team nope");
    expect((await cost("--project", "nope", "--team", "x")).stderr).toContain("no requests of --project nope --team x");
    expect((await cost("--project", "docs")).stderr).not.toContain("no requests");
  });
});
