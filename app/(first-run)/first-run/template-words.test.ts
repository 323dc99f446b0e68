import { expect, it } from "vitest";
import { stepLead, templateWords } from "./template-words.ts";

const words = (on: number, isPaused: boolean) => templateWords({ on, all: 3, version: 3, isPaused });

it("counts the templates of the version", () => {
  expect(words(1, false)).toEqual({ title: "Templates in v3", note: "1 on, 2 as comments" });
  expect(words(0, true)).toEqual({ title: "No template is active", note: "0 on, 3 as comments" });
});

it("does not say that a template applies while overrides are paused", () => {
  expect(words(1, true).note).toBe("1 on, 2 as comments · overrides are off, none applies");
  expect(stepLead(true)).toContain("applies once they are resumed in Rules");
  expect(stepLead(false)).not.toContain("off");
});
