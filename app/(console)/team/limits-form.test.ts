import { describe, expect, it } from "vitest";
import { limitWords } from "../_parts/limit-words.ts";
import { formOf, limitsOf, noLimits } from "./limits-form.ts";

const all = {
  endpoints: "messages",
  models: ["haiku", "claude-sonnet-5-5"],
  requestsPerMinute: 1200,
  openRequestsMax: 8,
} as const;

describe("the limits of a key in a form", () => {
  it("come back as they were", () => {
    expect(limitsOf(formOf(all))).toEqual(all);
    expect(limitsOf(noLimits)).toEqual({
      endpoints: "all",
      models: [],
      requestsPerMinute: null,
      openRequestsMax: null,
    });
  });

  it("take models with commas, spaces or lines between, and leave what is no number to the server", () => {
    const typed = { ...noLimits, models: " haiku,\n sonnet  claude-*-5-5 ", requestsPerMinute: "many" };

    expect(limitsOf(typed)).toMatchObject({ models: ["haiku", "sonnet", "claude-*-5-5"], requestsPerMinute: "many" });
  });

  it("are told in few words", () => {
    expect(limitWords(all).join(" · ")).toBe("haiku, sonnet-5-5 · 1,200 a minute · 8 at once · messages only");
    expect(limitWords({ ...all, models: ["a", "b", "c"] })[0]).toBe("3 models");
    expect(limitWords({ endpoints: "all", models: null, requestsPerMinute: null, openRequestsMax: null })).toEqual([]);
  });
});
