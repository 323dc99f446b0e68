import { list, record } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import { hi } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";
import { asksToThink } from "./refusal.ts";

const E18 = defineCode({ code: "E18", words: "prefilled answer", field: "messages", actions: ["skip"] });

/** Some models do not continue a prefilled response; others do only while they do not think. */
export const prefill = defineHazard({
  codes: [E18],
  step: {
    of: "settings",
    run({ conversation, can, served, isThinkingOn }) {
      if (conversation.lastRole !== "assistant" || can?.prefill === "ok") return null;
      if (can?.prefill === "thinking_off" && !isThinkingOn) return null;
      return skip("E18", `${served} does not continue a prefilled answer`);
    },
  },
  inside: { capabilities: ["prefill"], toolMembers: [] },
  betas: [],
  refusals: [
    {
      at: "last message",
      refuse({ body, can }) {
        const last = list(body.messages).findLast((message) => record(message).role !== "system");
        if (record(last).role !== "assistant" || can.prefill === "ok") return null;
        if (can.prefill === "rejected")
          return "This model does not support assistant message prefill. The conversation must end with a user message.";
        return asksToThink(body)
          ? "Expected a user message at the end of the conversation when thinking is enabled."
          : null;
      },
    },
  ],
  examples: () => ({
    E18: [
      {
        what: "a begun answer keeps the model",
        from: "sonnet-4-5",
        to: "sonnet-5-5",
        body: { messages: [hi, { role: "assistant", content: "{" }] },
        refusal: /does not support assistant message prefill/,
        sent: { skip: "E18" },
        edits: ["E18 messages skip"],
      },
    ],
  }),
});
