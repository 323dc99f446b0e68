import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localPath } from "./local-path.ts";

/** Where a browser on the console goes when it is sent to a text. */
const toHost = (text: string) => new URL(text, "http://cco.test/sign-in").host;

describe("localPath", () => {
  it.each(["/costs?range=30d", "/rules/versions/42#diff", "/", "/apiary", "/costs?next=//evil.example"])(
    "keeps %s",
    (path) => {
      expect(localPath(path)).toBe(path);
    },
  );

  it.each([
    "https://evil.example",
    "//evil.example",
    "/..//evil.example/",
    "/.//evil.example/",
    "/%2e%2e//evil.example/",
    "/%2E//evil.example/",
    "/costs/../..//evil.example/",
    "/\n/evil.example",
    "/.\t.//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/api/sign-out",
    "/./api/sign-out",
    "/sign-in?next=/",
    "/sign-in",
    "",
    null,
    undefined,
  ])("maps %j to the front page", (path) => {
    expect(localPath(path)).toBe("/");
  });

  it("T30: never leaves the console for any mix of dots, slashes, signs and hosts", () => {
    const piece = fc.constantFrom(
      ...["/", "//", ".", "..", "%2e", "%2E", "%2f", "\\", "\t", "\n", "@", ":", "?", "#", " ", "a", "evil.example"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(toHost(localPath(`/${pieces.join("")}`))).toBe("cco.test");
      }),
      { numRuns: 5_000 },
    );
  });
});
