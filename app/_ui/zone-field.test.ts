import { describe, expect, it } from "vitest";
import { isKnownZone } from "#core/time/instant.ts";
import { matches, meantBy, withChosenInReach } from "./combo-field.tsx";
import { zoneOptions } from "./zone-field.tsx";

const zones = ["Africa/Abidjan", "America/New_York", "Europe/Berlin"];

it("offers the browser's zone first, then UTC, then every other zone once", () => {
  const offered = zoneOptions("Europe/Berlin", zones).map(({ value }) => value);

  expect(offered).toEqual(["Europe/Berlin", "UTC", "Africa/Abidjan", "America/New_York"]);
});

it("offers the chosen zone first where the list would end before it, so that Enter keeps it", () => {
  const options = zoneOptions(
    "UTC",
    Array.from({ length: 300 }, (_, at) => `Zone/${at}`),
  );
  const names = (value: string) => withChosenInReach(options, value).map((option) => option.value);

  expect(names("Zone/299").slice(0, 3)).toEqual(["Zone/299", "UTC", "Zone/0"]);
  expect(new Set(names("Zone/299")).size).toBe(301);
  expect(names("Zone/3").slice(0, 2)).toEqual(["UTC", "Zone/0"]);
  expect(names("Zone/unknown")).toEqual(options.map((option) => option.value));
});

it("offers UTC once when it is the browser's own zone", () => {
  const offered = zoneOptions("UTC", ["UTC", ...zones]).map(({ value }) => value);

  expect(offered).toEqual(["UTC", ...zones]);
});

it.each([
  ["Asia/Calcutta", ["kolkata", "calcutta"], "Asia/Kolkata"],
  ["Asia/Kolkata", ["kolkata", "calcutta"], "Asia/Kolkata"],
  ["Europe/Kiev", ["kyiv", "kiev"], "Europe/Kyiv"],
  ["Asia/Saigon", ["ho chi minh", "saigon"], "Asia/Ho Chi Minh"],
])("finds %s under its old name and its current one", (listed, names, label) => {
  for (const own of [listed, "UTC"]) {
    const options = zoneOptions(own, [listed, ...zones]);
    for (const name of names) {
      const found = options.filter((option) => matches(option, name));
      expect(found.map((option) => [option.value, option.label])).toEqual([[label.replaceAll(" ", "_"), label]]);
    }
  }
});

it("takes the zone that it shows, under whichever name the browser lists it", () => {
  const options = zoneOptions("Asia/Calcutta", ["Asia/Calcutta", "Europe/Kiev", ...zones]);

  expect(options.map(({ value, note }) => [value, note])).toEqual([
    ["Asia/Kolkata", "this browser"],
    ["UTC", undefined],
    ["Europe/Kyiv", undefined],
    ...zones.map((zone) => [zone, undefined]),
  ]);
  expect(meantBy("asia/calcutta", options)).toBe("Asia/Kolkata");
});

it("shows only names that the server takes", () => {
  for (const { value } of zoneOptions("UTC", Intl.supportedValuesOf("timeZone"))) expect(isKnownZone(value)).toBe(true);
});

it("offers a zone once when the browser calls it by another name than its list does", () => {
  const offered = zoneOptions("Asia/Kolkata", ["Asia/Calcutta", ...zones]).map(({ value }) => value);

  expect(offered).toEqual(["Asia/Kolkata", "UTC", ...zones]);
});

describe("a text that was typed and left without a choice", () => {
  const options = zoneOptions("America/New_York", ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Asia/Kolkata"]);

  it.each([
    ["Europe/Berlin", "Europe/Berlin"],
    ["europe/berlin ", "Europe/Berlin"],
    ["america/new york", "America/New_York"],
    ["berlin", "Europe/Berlin"],
    ["Tokyo", "Asia/Tokyo"],
    ["asia", "asia"],
    ["nonsense/zone", "nonsense/zone"],
    ["", null],
    ["  ", null],
  ])("%j means %j", (typed, value) => {
    expect(meantBy(typed, options)).toBe(value);
  });
});
