import { skip } from "../adapt/adaptation.ts";
import type { ObjectDraft } from "../adapt/object-draft.ts";
import { hi } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const UNCLEAR = defineCode({
  code: "unclear",
  words: "a request that two readers could read differently",
  field: "body",
  actions: ["skip"],
});

/**
 * A request that CCO might read otherwise than the provider. Fields and messages that can be read in two ways never get as
 * far as this step: `adapt/open-draft.ts` skips them, and `adapt/system-texts.ts` the texts it cannot read.
 */
export const unclear = defineHazard({
  codes: [UNCLEAR],
  step: {
    of: "settings",
    run({ thinking, outputConfig, contextManagement }) {
      const isClear = [thinking, outputConfig, contextManagement].every(hasNoDoubles);
      return isClear ? null : skip("unclear", "a field is given twice");
    },
  },
  inside: null,
  betas: [],
  refusals: { none: "Both models accept it, but they may read it differently." },
  examples: () => ({
    unclear: [
      {
        what: "a system message that cannot be read keeps the model",
        from: "opus-5-5",
        to: "sonnet-4-6",
        body: { messages: [hi, { role: "system", content: ["be brief"] }] },
        refusal: /Unexpected role "system"/,
        sent: { skip: "unclear" },
        edits: ["unclear body skip"],
      },
    ],
  }),
});

function hasNoDoubles(object: ObjectDraft | null): boolean {
  if (object === null) return true;
  return new Set(object.members.map((member) => member.name)).size === object.members.length;
}
