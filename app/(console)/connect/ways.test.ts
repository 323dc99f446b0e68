import { describe, expect, it } from "vitest";
import { firstWay, unboundWords } from "./ways.ts";

describe("the way to connect", () => {
  const noKeysNeeded = { isRequired: false, hasOperatorKey: false };

  it("names the person from the start when they have a live key", () => {
    expect(firstWay(noKeysNeeded, [])).toBe("own");
    expect(firstWay(noKeysNeeded, [{ state: "revoked" }])).toBe("own");
    expect(firstWay(noKeysNeeded, [{ state: "revoked" }, { state: "live" }])).toBe("own-and-proxy-key");
    expect(firstWay({ isRequired: false, hasOperatorKey: true }, [{ state: "live" }])).toBe("proxy-key");
  });

  it("says of the own login alone that it escapes limits of a person or key, to those who have such", () => {
    expect(unboundWords("own", [{ kind: "person" }])).toContain("with one of your proxy keys");
    expect(unboundWords("own", [{ kind: "key" }, { kind: "project" }])).not.toBeNull();
    expect(unboundWords("own", [{ kind: "project" }, { kind: "team" }])).toBeNull();
    expect(unboundWords("own", [])).toBeNull();
    expect(unboundWords("own-and-proxy-key", [{ kind: "person" }])).toBeNull();
    expect(unboundWords("proxy-key", [{ kind: "person" }])).toBeNull();
  });
});
