import { describe, expect, it } from "vitest";
import { editSentence } from "./edit-words.ts";
import { EDITED_FIELDS } from "./edited-fields.ts";
import type { EditAction } from "./recorded-edit.ts";

const served = "claude-haiku-4-5-20251001";

describe("an edit in words", () => {
  it("names the part of the request and the model it was changed for", () => {
    expect(editSentence({ code: "model", field: "model", action: "override-model" }, served)).toBe(
      "The model's name was replaced by haiku-4-5.",
    );
    expect(editSentence({ code: "E1", field: "max_tokens", action: "clamp" }, served)).toBe(
      "The longest answer allowed was lowered to what haiku-4-5 takes.",
    );
    expect(editSentence({ code: "E23", field: "safeguards", action: "skip" }, served)).toBe(
      "The safeguards kept the override away (safeguards).",
    );
  });

  it("has a sentence for every edit that can be recorded, without the name of a field or a code in it", () => {
    const actions: EditAction[] = ["translate", "clamp", "drop", "move", "skip", "override-model"];

    for (const field of EDITED_FIELDS)
      for (const action of actions)
        expect(editSentence({ code: "E9", field, action }, served)).toMatch(/^The|^Fast|^Mess|^What/);
  });
});
