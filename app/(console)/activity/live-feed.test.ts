import { describe, expect, it } from "vitest";
import type { RequestRow } from "#core/activity/request-view.ts";
import { arrived, drawn, startFeed } from "./live-feed.ts";

const rows = (...ids: string[]) => ids.map((id) => ({ id }) as RequestRow);
const many = (count: number) => rows(...Array.from({ length: count }, (_, n) => `r${n}`));
const ids = (list: readonly RequestRow[]) => list.map(({ id }) => id);

describe("the live feed", () => {
  it("inserts the latest ended request at the top and never repeats a row", () => {
    const feed = drawn(arrived(arrived(startFeed(rows("a")), rows("a", "b", "c")), rows("b", "c", "d")), 5);

    expect(ids(feed.shown)).toEqual(["d", "c", "b", "a"]);
    expect(arrived(feed, rows("a", "d"))).toBe(feed);
  });

  it("draws at most its limit of rows and counts the rest", () => {
    const feed = drawn(arrived(startFeed([]), many(12)), 5);

    expect(ids(feed.shown)).toEqual(["r11", "r10", "r9", "r8", "r7"]);
    expect([feed.waiting.length, feed.passed]).toEqual([0, 7]);
  });

  it("keeps new rows pending until they are drawn", () => {
    const feed = arrived(startFeed(rows("a")), rows("b", "c"));

    expect([ids(feed.shown), ids(feed.waiting)]).toEqual([["a"], ["b", "c"]]);
    expect(ids(drawn(feed, Number.POSITIVE_INFINITY).shown)).toEqual(["c", "b", "a"]);
  });

  it("bounds its rows over time and counts the rows it skipped", () => {
    let feed = arrived(startFeed(many(200)), rows(...Array.from({ length: 700 }, (_, n) => `n${n}`)));
    expect([feed.waiting.length, feed.passed]).toEqual([500, 200]);

    feed = drawn(feed, 500);

    expect([feed.shown.length, feed.shown[0]?.id]).toEqual([200, "n699"]);
  });
});
