import { describe, expect, it } from "vitest";
import { otherVersion, readVersionView } from "./url.ts";

const versions = [{ number: 5 }, { number: 4 }, { number: 2 }, { number: 1 }];

describe("the version a page compares with", () => {
  it("is the chosen one", () => {
    expect(otherVersion(5, readVersionView({ with: "2" }), versions)).toBe(2);
  });

  it("is the previous one when none is chosen, and the next for the first version", () => {
    expect(otherVersion(4, readVersionView({}), versions)).toBe(2);
    expect(otherVersion(1, readVersionView({ with: "0" }), versions)).toBe(2);
  });

  it("is missing when there is only one version, or the version itself is chosen", () => {
    expect(otherVersion(1, readVersionView({}), [{ number: 1 }])).toBeNull();
    expect(otherVersion(4, readVersionView({ with: "4" }), versions)).toBeNull();
  });

  it("is shown in words unless the address asks for the text", () => {
    expect(readVersionView({ view: "side" }).diff).toBe("side");
    expect(readVersionView({ view: "upside-down" }).diff).toBe("meaning");
  });
});
