import { expect, it } from "vitest";
import { zoneOptions } from "./zone-field.tsx";

const zones = ["Africa/Abidjan", "America/New_York", "Europe/Berlin"];

it("offers the browser's zone first, then UTC, then every other zone once", () => {
  const offered = zoneOptions("Europe/Berlin", zones).map(({ value }) => value);

  expect(offered).toEqual(["Europe/Berlin", "UTC", "Africa/Abidjan", "America/New_York"]);
});

it("offers UTC once when it is the browser's own zone", () => {
  const offered = zoneOptions("UTC", ["UTC", ...zones]).map(({ value }) => value);

  expect(offered).toEqual(["UTC", ...zones]);
});
