import { describe, expect, it } from "vitest";
import type { AlertSettings } from "#core/alerts/alert-kind.ts";
import { alertKinds } from "#core/alerts/alert-kinds.ts";
import { type AlertPast, noSums, type PastSums, type ReplayedKind, replayAlert } from "#core/alerts/replay.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-11-29T12:00:00Z");
const USD = 1_000_000_000n;
const sums = (part: Partial<PastSums>): PastSums => ({ ...noSums(), ...part });

/** Sums by hours ago; each stands in the first quarter of its hour. */
const past = (hours: Record<number, Partial<PastSums>>, firstDaysAgo: number, isEnabled = true): AlertPast => ({
  quarters: new Map(Object.entries(hours).map(([ago, part]) => [NOW - Number(ago) * HOUR, sums(part)])),
  firstMs: NOW - firstDaysAgo * DAY,
  versions: [{ number: 1, publishedMs: NOW - 200 * DAY, isEnabled, enabledRules: 1, isCacheOn: true }],
});
const replay = (kind: ReplayedKind, known: AlertPast, settings: Partial<AlertSettings> = {}) =>
  replayAlert(kind, { ...alertKinds[kind].defaults, ...settings }, known, { nowMs: NOW, pause: async () => {} });

describe("the replay of an alert", () => {
  it("counts an hour that costs more than twice the most of the weeks before, once for its cool-down", async () => {
    const weeks = Array.from({ length: 17 }, (_, at) => at + 1);
    const usual = Object.fromEntries(weeks.map((week) => [50 + week * 168, { costNanoUsd: 10n * USD }]));
    const dear = past({ ...usual, 50: { costNanoUsd: 21n * USD }, 48: { costNanoUsd: 20n * USD } }, 122);

    expect(await replay("spend-anomaly", dear)).toMatchObject({ fired: 1, lastFiredMs: NOW - 50 * HOUR + HOUR / 4 });
    expect(await replay("spend-anomaly", dear, { coolDownMs: 0 })).toMatchObject({ fired: 2 });
    expect(await replay("spend-anomaly", dear, { threshold: 3, coolDownMs: 0 })).toMatchObject({ fired: 1 });
  });

  it("compares an hour with no hour whose cost is not known, and judges none such", async () => {
    const weeks = Array.from({ length: 17 }, (_, at) => at + 1);
    const of = (part: Partial<PastSums>) =>
      past(
        {
          ...Object.fromEntries(weeks.map((week) => [50 + week * 168, part])),
          50: { costNanoUsd: 21n * USD },
        },
        122,
      );

    expect(await replay("spend-anomaly", of({}))).toMatchObject({ fired: 1 });
    expect(await replay("spend-anomaly", of({ unpriced: 3n }))).toMatchObject({ fired: 0 });
    expect(await replay("spend-anomaly", of({ unpriced: 3n, costNanoUsd: USD }))).toMatchObject({ fired: 1 });
  });

  it("says how much of the time had too little to judge", async () => {
    const week = await replay("spend-anomaly", past({}, 7));

    expect(week).toMatchObject({ fired: 0, judged: 7 * 96, withoutSample: 7 * 96, fromMs: NOW - 7 * DAY });
  });

  it("fires once while nothing is overridden, and again after an override and the cool-down", async () => {
    const busy = Object.fromEntries(Array.from({ length: 20 }, (_, ago) => [ago + 1, { requests: 30 }]));
    const split = { ...busy, 10: { requests: 30, overrides: 3 } };

    expect(await replay("no-overrides", past(busy, 30))).toMatchObject({ fired: 1 });
    expect(await replay("no-overrides", past(split, 30))).toMatchObject({ fired: 2 });
    expect(await replay("no-overrides", past(split, 30, false))).toMatchObject({ fired: 1 });
  });

  it("waits for the hold of a hit rate, and looks at 24 hours of look-ups", async () => {
    const low = past({ 30: { hits: 10, misses: 190 } }, 30);

    expect(await replay("hit-rate", low, { holdMs: 23 * HOUR })).toMatchObject({ fired: 1 });
    expect(await replay("hit-rate", low, { holdMs: 25 * HOUR })).toMatchObject({ fired: 0 });
    expect(await replay("hit-rate", low, { threshold: 5, holdMs: 0 })).toMatchObject({ fired: 0 });
  });

  it("judges 90 days of what has been recorded for longer", async () => {
    expect(await replay("hit-rate", past({}, 400))).toMatchObject({ judged: 90 * 96, fromMs: NOW - 90 * DAY });
  });
});
