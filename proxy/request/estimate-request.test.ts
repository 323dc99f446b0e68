import { expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { estimateUnknown } from "./estimate-request.ts";

const snapshot = { prices: loadCatalogue() };
const startedAtMs = Date.UTC(2026, 10, 25);

/** Cents of a request of 100,000 tokens to Sonnet that was given up after so long. */
function cents(elapsedMs: number, more: { isStream?: boolean; maxTokens?: number | null; served?: string } = {}) {
  const { served = "claude-sonnet-5-5", ...fields } = more;
  const asked = { fields: { isStream: false, maxTokens: 64_000, speed: null, ...fields }, namesFiles: false };
  const delivery = { requestBytes: 400_000, meter: null };
  return estimateUnknown({ asked, snapshot, startedAtMs, delivery, elapsedMs: () => elapsedMs }, served) / 1e7;
}

it("T22g: counts the prompt of a request given up, and of a whole answer what may have been written meanwhile", () => {
  expect(cents(0)).toBe(20);
  expect(cents(60_000)).toBe(20 + 12);
  expect(cents(3_600_000)).toBe(20 + 64);
  expect(cents(3_600_000, { maxTokens: null })).toBe(20);
  expect(cents(3_600_000, { isStream: true })).toBe(20);
  expect(cents(3_600_000, { served: "a model without a price" })).toBe(0);
});
