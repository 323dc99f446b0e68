import { expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { estimateUnknown, findNamedFiles } from "./estimate-request.ts";

const snapshot = { catalogue: loadCatalogue() };
const startedAtMs = Date.UTC(2026, 10, 25);

/** Cents of a request of 100,000 tokens to Sonnet that was given up after so long. */
function cents(elapsedMs: number, more: { isStream?: boolean; maxTokens?: number | null; served?: string } = {}) {
  const { served = "claude-sonnet-5-5", ...fields } = more;
  const known = { fields: { isStream: false, maxTokens: 64_000, speed: null, ...fields }, snapshot, startedAtMs };
  return (
    estimateUnknown({ ...known, namesFiles: false, requestBytes: 400_000, elapsedMs: () => elapsedMs }, served) / 1e7
  );
}

it("T22g: counts the prompt of a request given up, and of a whole answer what may have been written meanwhile", () => {
  expect(cents(0)).toBe(20);
  expect(cents(60_000)).toBe(20 + 12);
  expect(cents(3_600_000)).toBe(20 + 64);
  expect(cents(3_600_000, { maxTokens: null })).toBe(20);
  expect(cents(3_600_000, { isStream: true })).toBe(20);
  expect(cents(3_600_000, { served: "a model without a price" })).toBe(0);
});

it("T22j: finds files and addresses that a body names for the provider to read, and none in texts or inputs of tools", () => {
  const named = (content: unknown, space?: number) =>
    findNamedFiles(Buffer.from(JSON.stringify({ messages: [{ role: "user", content }] }, null, space)));
  const source = (source: unknown) => [{ type: "document", source }];
  for (const space of [undefined, 2]) {
    expect(named(source({ type: "file", file_id: "file_1" }), space)).toBe(true);
    expect(named(source({ type: "url", url: "https://a.example/a.pdf" }), space)).toBe(true);
    expect(named([{ type: "container_upload", file_id: "file_1" }], space)).toBe(true);
    expect(named(source({ type: "base64", media_type: "application/pdf", data: "JVBERi0=" }), space)).toBe(false);
    expect(named([{ type: "tool_use", name: "WebFetch", input: { url: "https://a.example" } }], space)).toBe(false);
    expect(named('{"type":"url","file_id":"file_1"}', space)).toBe(false);
  }
});

it("T22g: counts of a stream whose usage cannot be read the text that was delivered", () => {
  const fields = { isStream: true, maxTokens: null, speed: null };
  const known = { fields, snapshot, startedAtMs, requestBytes: 400_000, namesFiles: false, elapsedMs: () => 0 };
  const estimate = (deliveredBytes: number) =>
    estimateUnknown({ ...known, meter: { deliveredBytes } }, "claude-sonnet-5-5") / 1e7;

  expect(estimate(0)).toBe(20);
  expect(estimate(40_000)).toBe(20 + 10);
});
