import { expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { wrongByPriceList, wrongSums } from "#core/costs/price-again.ts";
import { toDayKey } from "#core/time/instant.ts";
import { eventProblem } from "#store/events.ts";
import { MANY, seedManyTraffic } from "./seed-many.ts";

const zone = "Europe/Berlin";
const catalogue = loadCatalogue();
const plan = {
  ...{ events: 3000, catalogue, zone, untilMs: Date.parse("2026-11-20T23:00:00Z") },
  versions: [{ number: 1, fromMs: 0 }],
};
const readAll = (): RequestEvent[] => [...seedManyTraffic(plan)].flat();

it("the seeded traffic has exactly the events asked for, over ninety days, each of a shape the ledger takes", () => {
  const events = readAll();

  expect(events).toHaveLength(3000);
  expect(new Set(events.map(({ id }) => id)).size).toBe(3000);
  expect(new Set(events.map(({ startedAtMs }) => toDayKey(startedAtMs, zone))).size).toBeGreaterThanOrEqual(
    MANY.days - 1,
  );
  expect(events.flatMap((event) => eventProblem(event) ?? [])).toEqual([]);
});

it("the seeded traffic is the same in every run", () => {
  expect(readAll()).toEqual(readAll());
});

it("every seeded amount follows from its tokens and the price list", () => {
  const wrong = readAll().flatMap((event) =>
    event.usageState === "none" ? wrongSums(event) : wrongByPriceList(event, catalogue),
  );

  expect(wrong).toEqual([]);
});
