import { describe, expect, it } from "vitest";
import type { CacheOverview } from "#core/cache/cache-overview.ts";
import { pointSentence, prepareBars, prepareKpis } from "./prepare.ts";

const now = { items: 1, bytes: 512, bytesMax: 1024 };
const overview = {
  ledger: { hits: 3, misses: 1, bypasses: 5, otherBypasses: 0, hitRate: 0.75, avoidedNanoUsd: "1234567" },
  points: [
    { key: "a", label: "1 Nov", title: "Sun 1 Nov", counts: { hits: 3, misses: 1, bypasses: 5 } },
    { key: "b", label: "2 Nov", title: "Mon 2 Nov", counts: null },
  ],
  tokensAvoided: 4200,
  now,
} as unknown as CacheOverview;

describe("the figures of the cache page", () => {
  it("show rate, money, tokens and memory, each with its exact value", () => {
    const [rate, avoided, tokens, memory] = prepareKpis(overview);

    expect([rate?.value, rate?.note]).toEqual(["75.0%", "3 of 4 look-ups"]);
    expect([avoided?.value, avoided?.exact]).toEqual(["$0.0012", "$0.001234567"]);
    expect([tokens?.value, tokens?.note]).toEqual(["4.20k", "not sent to the provider"]);
    expect([memory?.value, memory?.note]).toEqual(["512 B", "of 1 kB, 1 answer"]);
  });

  it("cover the whole range, except memory, which is current", () => {
    const words = prepareKpis(overview).flatMap(({ note, foot }) => [note, foot]);

    expect(words.filter((text) => /since|start/.test(text))).toEqual([]);
    expect(prepareKpis(overview)[2]?.foot).toBe("in 3 answers from memory");
    expect(prepareKpis(overview)[3]?.foot).toBe("at this moment");
  });

  it("show no rate when nothing was looked up", () => {
    const ledger = { ...overview.ledger, hits: 0, misses: 0, hitRate: null };

    expect(prepareKpis({ ...overview, ledger })[0]).toMatchObject({ value: "–", note: "Nothing was looked up" });
  });

  it("count as requests what Overview counts, and other calls apart", () => {
    const ledger = (otherBypasses: number) => ({ ...overview.ledger, otherBypasses });

    expect(prepareKpis(overview)[0]?.foot).toBe("5 requests bypassed the cache");
    expect(prepareKpis({ ...overview, ledger: ledger(1) })[0]?.foot).toBe(
      "4 requests and 1 other call bypassed the cache",
    );
  });

  it("draw hits as what was not paid, and keep days without data as gaps", () => {
    const bars = prepareBars(overview.points);

    expect([bars.series[0]?.values, bars.avoided]).toEqual([
      [1, null],
      [3, null],
    ]);
    expect(overview.points.map(pointSentence)).toEqual([
      "Sun 1 Nov: 3 answered from the cache, 1 not found, 5 not looked up.",
      "Mon 2 Nov: nothing recorded.",
    ]);
  });
});
