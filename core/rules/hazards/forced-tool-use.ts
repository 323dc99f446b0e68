import { record, text } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import { adaptive, manual, off, tool } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";
import { asksToThink } from "./refusal.ts";

const E19 = defineCode({
  code: "E19",
  words: "forced tool use",
  field: "tool_choice",
  actions: ["translate", "skip"],
});

const forced = { tools: [tool], tool_choice: { type: "any" } };

/** Tool use can be forced on some models only with thinking off; where that is impossible the model stays. */
export const forcedToolUse = defineHazard({
  codes: [E19],
  step: {
    of: "settings",
    run(draft) {
      const { body, can, served } = draft;
      const choice = body.value("tool_choice");
      const kind = typeof choice === "object" && choice !== null ? Reflect.get(choice, "type") : null;
      if (kind !== "any" && kind !== "tool") return null;
      if (can?.forcedToolChoice === "ok") return null;
      if (can === null || can.forcedToolChoice === "rejected")
        return skip("E19", `${served} cannot be forced to use a tool`);
      if (!draft.isThinkingOn) return null;
      if (!can.thinking.includes("disabled")) return skip("E19", `${served} cannot use a forced tool while it thinks`);
      draft.decideThinking("disabled", "E19", "thinking switched off for the forced tool");
      return null;
    },
  },
  inside: null,
  betas: [],
  refusals: [
    {
      at: "tool_choice",
      refuse({ body, can }) {
        const kind = text(record(body.tool_choice).type);
        if (kind !== "any" && kind !== "tool") return null;
        if (can.forcedToolChoice === "rejected")
          return `tool_choice: "${kind}" is not supported on this model. Use "auto" or "none".`;
        return can.forcedToolChoice === "thinking_off" && asksToThink(body)
          ? "Thinking may not be enabled when tool_choice forces tool use."
          : null;
      },
    },
  ],
  examples: () => ({
    E19: [
      {
        what: "forced tool use keeps the model",
        from: "haiku-5-5",
        to: "sonnet-5-5",
        body: forced,
        refusal: /tool_choice: "any" is not supported/,
        sent: { skip: "E19" },
        edits: ["E19 tool_choice skip"],
      },
      {
        what: "or switches thinking off where that is enough",
        from: "haiku-5-5",
        to: "haiku-4-5",
        body: { ...forced, ...adaptive },
        laidOver: { ...forced, ...manual(2000) },
        refusal: /Thinking may not be enabled/,
        sent: off,
        edits: ["E2 thinking translate", "E19 thinking translate"],
      },
    ],
  }),
});
