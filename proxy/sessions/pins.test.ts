import { expect, it, onTestFinished, vi } from "vitest";
import type { KeptPin } from "#core/rules/pin.ts";
import type { Snapshot } from "../process/proxy-context.ts";
import { Pins } from "./pins.ts";

const nowMs = 1_800_000_000_000;
const pin: KeptPin = {
  key: "session",
  target: "claude-haiku-5-5",
  releasedFrom: null,
  reason: "rule",
  ruleId: "r1",
  version: 1,
  fallback: "never",
  askedKey: "claude-opus-5-5",
  usedAtMs: nowMs,
};
/** As far as pins look at one. */
const snapshot = { generation: 1, pinsValidFrom: 0, appliedNow: [] } as unknown as Snapshot;

it("finds a decision without starting a timer", () => {
  const timers = vi.spyOn(globalThis, "setTimeout");
  onTestFinished(() => timers.mockRestore());
  const pins = new Pins(
    () => {},
    () => nowMs,
  );
  pins.set(pin.key, pin, snapshot);

  const place = { family: pin.key, model: () => "other", askedKey: pin.askedKey };
  const { key, pin: found } = pins.find(place, pin.askedKey, snapshot);

  expect(key).toBe("session");
  expect(found?.target).toBe("claude-haiku-5-5");
  expect(pins.findPrompt("session", "claude-haiku-5-5")).not.toBeNull();
  expect(timers).not.toHaveBeenCalled();
});
