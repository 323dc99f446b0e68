import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { deserialize } from "node:v8";
import { describe, expect, it, onTestFinished } from "vitest";
import { keptStateFile } from "#config/kept-state-file.ts";
import { Seal } from "#store/seal.ts";
import { KEPT_AT_MS, KEPT_SECRET, keptMessages } from "#tests/support/kept-messages.ts";
import { Spending } from "../../keys/spending.ts";
import { type Kept, readKeptState, StateKeeper } from "./kept-state.ts";

/**
 * Files of kept state as releases of CCO have left them, one folder per layout. They are sealed with a known secret,
 * and `meant.json` says what they mean. A layout is never recorded again; tests/support/record-kept-state.ts adds the
 * next one.
 */
const RECORDED = "tests/fixtures/kept-state";
const layouts = readdirSync(RECORDED)
  .filter((name) => name.startsWith("layout-"))
  .sort();

const read = (folder: string, nowMs = KEPT_AT_MS + 60_000) =>
  readKeptState({ file: keptStateFile(folder), secret: KEPT_SECRET }, nowMs);

/** What a file holds, under the names it is written with. */
function rawContent(file: string): unknown {
  const value = new Seal(KEPT_SECRET).open(basename(file), readFileSync(file));
  if (value === null) throw new Error(`${file} is sealed with another secret`);
  return deserialize(value);
}

describe("the kept state of a release before this one", () => {
  it.each(layouts)("is read with the values it was written with: %s", (layout) => {
    const meant: unknown = JSON.parse(readFileSync(`${RECORDED}/${layout}/meant.json`, "utf8"));

    expect(read(`${RECORDED}/${layout}`)).toStrictEqual(meant);
  });

  it("gives budgets the sums to the nano-dollar", () => {
    const spent = layouts.map((layout) => {
      const spending = new Spending();
      const sums = read(`${RECORDED}/${layout}`)?.messages.find((message) => message.kind === "spending");
      if (sums === undefined) return null;
      spending.take(sums.told);
      return (["metered", "subscription"] as const).map((mode) => spending.spent("key:key_laptop", mode, KEPT_AT_MS));
    });

    // The first layout had sums by key alone: a budget begins with what is spent from then on.
    const all = [123_456_789_012, 1_000_000_001];
    expect(spent).toEqual([null, all, all, all, all, all]);
  });

  it("is not used a day after the database confirmed it, nor with another secret", () => {
    const folder = `${RECORDED}/${layouts.at(-1)}`;

    expect(read(folder, KEPT_AT_MS + 24 * 3_600_000)).not.toBeNull();
    expect(read(folder, KEPT_AT_MS + 24 * 3_600_000 + 1)).toBeNull();
    expect(readKeptState({ file: keptStateFile(folder), secret: `${KEPT_SECRET}.` }, KEPT_AT_MS)).toBeNull();
  });
});

describe("the kept state of this release", () => {
  it("is written under the names of the last recorded layout, so that a release beside it can read it", () => {
    const folder = mkdtempSync(join(tmpdir(), "cco-kept-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = keptStateFile(folder);
    const keeper = new StateKeeper({ file, secret: KEPT_SECRET });
    for (const message of keptMessages) keeper.note(message);
    keeper.note({ kind: "confirmed", atMs: KEPT_AT_MS, isKept: false });

    expect(rawContent(file)).toStrictEqual(rawContent(keptStateFile(`${RECORDED}/${layouts.at(-1)}`)));
    expect(read(folder)).toStrictEqual({ confirmedAtMs: KEPT_AT_MS, messages: keptMessages } satisfies Kept);
  });
});
