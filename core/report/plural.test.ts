import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { formatCounted, pluralize } from "./plural.ts";

it("writes one thing in the singular, and none or several in the plural", () => {
  expect([0, 1, 2, 12_480].map((count) => formatCounted(count, "request"))).toEqual([
    "0 requests",
    "1 request",
    "2 requests",
    "12,480 requests",
  ]);
  expect(formatCounted(1n, "reply", "replies")).toBe("1 reply");
  expect(pluralize(3, "reply", "replies")).toBe("replies");
});

it("agrees with Intl.PluralRules, for fractions and negative counts too", () => {
  const rules = new Intl.PluralRules("en");
  const counts = [
    ...Array(2_000).keys(),
    -1,
    -2,
    1.5,
    0.5,
    1e6,
    1e15,
    21,
    101,
    1_000_001,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ];

  for (const count of counts) expect(pluralize(count, "one", "other")).toBe(rules.select(count));
});

it("finds no other place that chooses between singular and plural", () => {
  const root = new URL("../../", import.meta.url);
  const layers = ["app", "cli", "config", "control", "core", "proxy", "store"];
  const files = layers.flatMap((layer) =>
    readdirSync(new URL(`${layer}/`, root), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|generated/.test(name))
      .map((name) => `${layer}/${name}`),
  );
  // A comparison with one that picks between two words, or a count followed by the word that is always plural.
  const byHand =
    /[!=]==? 1n? \? ["`][A-Za-z1][^"`]|\{formatCount\([^)]*\)\} (?:requests|hits|rules|errors|bytes|models|tests)\b/;
  const found = files.filter((name) => byHand.test(readFileSync(new URL(name, root), "utf8")));

  expect(files.length).toBeGreaterThan(300);
  expect(found).toEqual([]);
});
