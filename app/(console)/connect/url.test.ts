import { describe, expect, it } from "vitest";
import { surfaces } from "./snippets.ts";
import { readView, viewParams } from "./url.ts";

describe("the address of Connect", () => {
  it("round-trips every tab, with and without the wizard's welcome", () => {
    for (const tab of surfaces)
      for (const isFirst of [true, false]) {
        expect(readView(viewParams({ tab, isFirst }))).toEqual({ tab, isFirst });
      }
  });

  it("opens the first tab when the named one is unknown or missing", () => {
    expect(readView({ tab: "fridge", first: "yes" })).toEqual({ tab: "shell", isFirst: false });
    expect(readView({})).toEqual({ tab: "shell", isFirst: false });
  });
});
