import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { swatchColour } from "./theme.ts";

const css = readFileSync(new URL("../globals.css", import.meta.url), "utf8");
const names = [...Object.keys(swatchColour), "saved", "danger"];

/** Perceived difference (OKLab) from which small adjacent squares are distinguishable. */
const differenceMin = 0.09;
/** What WCAG asks of graphics. */
const contrastMin = 3;

describe.each([
  ["light", ":root {"],
  ["dark", '[data-theme="dark"] {'],
])("the chart colours of the %s theme", (_theme, head) => {
  const block = css.slice(css.indexOf(`\n${head}`)).split("}", 1)[0] ?? "";
  const tokens = new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex ?? ""]));
  const readColour = (name: string) => toChannels(tokens.get(name) ?? "");

  it("are pairwise distinguishable", () => {
    const pairs = names.flatMap((a, at) => names.slice(at + 1).map((b) => [a, b] as const));
    const alike = pairs.filter(([a, b]) => measureDifference(readColour(a), readColour(b)) < differenceMin);

    expect(alike).toEqual([]);
  });

  it("have contrast with the panel behind them", () => {
    const ground = measureLuminance(readColour("surface"));
    const contrast = (name: string) => {
      const own = measureLuminance(readColour(name));
      return (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
    };

    expect(names.filter((name) => !(contrast(name) >= contrastMin))).toEqual([]);
  });
});

type Channels = readonly [number, number, number];

/** Linear red, green and blue of a hex colour. */
function toChannels(hex: string): Channels {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const measureLuminance = ([r, g, b]: Channels): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function measureDifference(a: Channels, b: Channels): number {
  const [from, to] = [toLab(a), toLab(b)];
  return Math.hypot(from[0] - to[0], from[1] - to[1], from[2] - to[2]);
}

function toLab([r, g, b]: Channels): Channels {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
