import { skip } from "../adapt/adaptation.ts";
import { OLDER, tool } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E29 = defineCode({ code: "E29", words: "tools that are loaded later", field: "tools", actions: ["skip"] });

/** Tools that are loaded later, and references to them in the conversation. */
export const deferredTools = defineHazard({
  codes: [E29],
  step: {
    of: "settings",
    run({ tools, conversation, can, served }) {
      if (can?.toolSearch === true) return null;
      const isUsed = tools.some((tool) => tool.has("defer_loading")) || conversation.blocks.toolReferences > 0;
      return isUsed ? skip("E29", `${served} cannot load tools later`) : null;
    },
  },
  inside: { capabilities: ["toolSearch"], toolMembers: ["defer_loading"] },
  betas: [],
  refusals: [
    {
      at: "each tool",
      refuse: (tool, path, { can }) =>
        tool.defer_loading !== undefined && can.toolSearch === false
          ? `${path}.defer_loading: Extra inputs are not permitted`
          : null,
    },
    {
      at: "tool references",
      refuse: ({ contains, can }) =>
        can.toolSearch === false && contains('"type":"tool_reference"')
          ? "messages: Input tag 'tool_reference' is not supported on this model"
          : null,
    },
  ],
  examples: () => ({
    E29: [
      {
        what: "tools that are loaded later keep the model",
        from: "opus-5-5",
        to: OLDER,
        body: { tools: [{ ...tool, defer_loading: true }] },
        refusal: /defer_loading: Extra inputs/,
        sent: { skip: "E29" },
        edits: ["E29 tools skip"],
      },
      {
        what: "and so do references to them in the history",
        from: "opus-5-5",
        to: OLDER,
        body: {
          messages: [
            {
              role: "user",
              content: [
                { type: "tool_result", tool_use_id: "t", content: [{ type: "tool_reference", tool_name: "f" }] },
              ],
            },
          ],
        },
        refusal: /tool_reference/,
        sent: { skip: "E29" },
        edits: ["E29 tools skip"],
      },
    ],
  }),
});
