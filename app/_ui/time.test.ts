import { expect, it } from "vitest";
import { withSuffix } from "./time.tsx";

it("says just now for what was a moment ago, never now ago", () => {
  expect(["now", "5 min"].map((text) => withSuffix(text, " ago"))).toEqual(["just now", "5 min ago"]);
  expect(withSuffix("now", " left")).toBe("now");
  expect(withSuffix("now")).toBe("now");
});
