import { describe, expect, it } from "vitest";
import type { HazardCode } from "#core/rules/hazards/code.ts";
import { HAZARD_FIELDS } from "#core/rules/hazards/registry.ts";
import { adaptedTo } from "#tests/support/adapted.ts";
import { hazardReason, readRecordedEdits, recordOfOverride, recordOfSkip } from "./recorded-edits.ts";

const named = { code: "model", field: "model", action: "override-model" } as const;

describe("the record of edits", () => {
  it("names the model and then each change, and reads back as it was written", () => {
    const found = adaptedTo("haiku-4-5", {
      model: "claude-opus-5-5",
      messages: [{ role: "user", content: "hi" }],
      max_tokens: 128_000,
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
      temperature: 0.5,
    });
    const changes = found.outcome.kind === "adapted" ? found.outcome.changes : [];

    const record = recordOfOverride(changes);

    expect(readRecordedEdits(record)).toEqual([
      named,
      { code: "E2", field: "thinking", action: "translate" },
      { code: "E1", field: "max_tokens", action: "clamp" },
      { code: "E9", field: "output_config.effort", action: "drop" },
      { code: "E16", field: "temperature", action: "drop" },
    ]);
    expect(record).toBe(JSON.stringify(readRecordedEdits(record)));
  });

  it("says once what was changed twice, and the model's name alone when nothing else was", () => {
    const moved = { code: "E13", field: "messages", action: "move" } as const;

    expect(readRecordedEdits(recordOfOverride([moved, moved]))).toEqual([named, moved]);
    expect(readRecordedEdits(recordOfOverride([]))).toEqual([named]);
  });

  it("names the hazard of a skipped override, whichever it was, and nothing for other reasons", () => {
    for (const code of Object.keys(HAZARD_FIELDS) as HazardCode[]) {
      expect(readRecordedEdits(recordOfSkip(hazardReason(code)))).toMatchObject([{ code, action: "skip" }]);
    }
    expect(recordOfSkip("hazard:E99")).toBeNull();
    expect(recordOfSkip("pinned:upstream_404")).toBeNull();
  });

  it("reads what is no record, or of a later release, as far as it is known", () => {
    const later =
      '[{"code":"E99","field":"model","action":"drop"},{"code":"E9","field":"tools","action":"drop","by":1}]';

    expect(readRecordedEdits(null)).toEqual([]);
    for (const text of ["", "{", "7", "{}", "[null,3]"]) expect(readRecordedEdits(text)).toEqual([]);
    expect(readRecordedEdits(later)).toEqual([{ code: "E9", field: "tools", action: "drop" }]);
  });
});
