import type { Capabilities } from "#core/costs/catalogue.ts";
import { ownValue } from "#core/own-value.ts";
import { record, text } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import type { Draft } from "../adapt/draft.ts";
import type { HazardCode } from "./code.ts";
import { adaptive, effort, gone, off } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

// One file for five codes. One table says which kind stands for which, and the code only names the requested kind.
const E2 = defineCode({
  code: "E2",
  words: "adaptive thinking",
  field: "thinking",
  actions: ["translate", "drop", "skip"],
});
const E3 = defineCode({
  code: "E3",
  words: "thinking with a budget",
  field: "thinking",
  actions: ["translate", "drop"],
});
const E4 = defineCode({
  code: "E4",
  words: "thinking switched off where the model always thinks",
  field: "thinking",
  actions: ["drop", "clamp"],
});
const E5 = defineCode({
  code: "E5",
  words: "thinking switched off where it can only be kept between tools",
  field: "thinking",
  actions: ["translate", "clamp"],
});
const E7 = defineCode({
  code: "E7",
  words: "thinking between tools",
  field: "thinking",
  actions: ["translate", "drop", "clamp"],
});

/** Nearest kind for one the served model does not accept. Without one the field is dropped. */
const INSTEAD: Readonly<Record<string, { code: HazardCode; kind: string }>> = {
  adaptive: { code: "E2", kind: "enabled" },
  enabled: { code: "E3", kind: "adaptive" },
  disabled: { code: "E5", kind: "between_tools" },
  between_tools: { code: "E7", kind: "disabled" },
};

const UNSUPPORTED: Readonly<Record<string, string>> = {
  adaptive: "adaptive thinking is not supported on this model",
  enabled:
    '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
  disabled: '"thinking.type.disabled" is not supported for this model.',
  between_tools: '"thinking.type.between_tools" is not supported for this model.',
};

/**
 * Decides the kind of thinking. Nothing is written yet, because forced tools and budgets may change the decision:
 * `thinking-budget.ts` writes it.
 */
export const thinkingKind = defineHazard({
  codes: [E2, E3, E4, E5, E7],
  step: {
    of: "settings",
    run(draft) {
      const { can, thinkingKind: asked, served } = draft;
      if (asked === null || can?.thinking.includes(asked)) return null;
      const instead = ownValue(INSTEAD, asked);
      if (can === null || instead === undefined) return skip("E2", `whether ${served} can think as asked is not known`);
      if (!can.thinking.includes(instead.kind)) leaveOut(draft, can, asked, instead.code);
      else draft.decideThinking(instead.kind, instead.code, `thinking ${asked} → ${instead.kind}`);
      return null;
    },
  },
  inside: null,
  betas: [],
  refusals: [
    {
      at: "thinking",
      refuse({ body, can }) {
        const kind = text(record(body.thinking).type);
        if (kind === "") return null;
        const unsupported = ownValue(UNSUPPORTED, kind);
        if (unsupported === undefined) return `thinking.type: Input should be 'enabled', 'disabled' or 'adaptive'`;
        if (kind === "disabled" && can.thinking.length === 0) return null;
        return can.thinking.includes(kind) ? null : unsupported;
      },
    },
  ],
  // Long because it is one table: the requests that show these hazards.
  examples: () => ({
    E2: [
      {
        what: "adaptive thinking becomes a budget",
        from: "opus-5-5",
        to: "haiku-4-5",
        body: adaptive,
        refusal: /adaptive thinking is not supported/,
        sent: { thinking: { type: "enabled", display: "omitted", budget_tokens: 7999 } },
        edits: ["E2 thinking translate"],
      },
    ],
    E3: [
      {
        what: "a budget becomes adaptive thinking",
        from: "sonnet-4-5",
        to: "opus-5-5",
        body: { thinking: { type: "enabled", budget_tokens: 31_999, display: "omitted" } },
        refusal: /"thinking.type.enabled" is not supported/,
        sent: adaptive,
        edits: ["E3 thinking translate"],
      },
    ],
    E4: [
      {
        what: "thinking that cannot be off is asked for little",
        from: "haiku-4-5",
        to: "opus-5-5",
        body: off,
        refusal: /"thinking.type.disabled" is not supported/,
        sent: { thinking: gone, ...effort("low") },
        edits: ["E4 thinking drop", "E4 output_config.effort clamp"],
      },
    ],
    E5: [
      {
        what: "thinking off becomes thinking between tools",
        from: "opus-4-8",
        to: "sonnet-5-5",
        body: { ...off, ...effort("max") },
        refusal: /"thinking.type.disabled" is not supported/,
        sent: { thinking: { type: "between_tools" }, ...effort("high") },
        edits: ["E5 thinking translate", "E5 output_config.effort clamp"],
      },
    ],
    E7: [
      {
        what: "thinking between tools is switched off",
        from: "sonnet-5-5",
        to: "haiku-5-5",
        body: { thinking: { type: "between_tools" } },
        refusal: /"thinking.type.between_tools" is not supported/,
        sent: off,
        edits: ["E7 thinking translate"],
      },
    ],
  }),
});

/** E4: asks a model that always thinks for the lowest effort. */
function leaveOut(draft: Draft, can: Capabilities, asked: string, code: HazardCode): void {
  const wantsOff = asked === "disabled" || asked === "between_tools";
  const alwaysThinks = can.thinking.length > 0 && !can.thinking.includes("disabled");
  const found = asked === "disabled" ? "E4" : code;
  if (wantsOff && alwaysThinks) draft.leastEffort = found;
  draft.decideThinking(null, found, `thinking ${asked} left out`);
}
