import { text } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import type { Draft } from "../adapt/draft.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E28 = defineCode({ code: "E28", words: "typed tools", field: "tools", actions: ["skip"] });

/** First editions of the web tools: every model accepts them. */
const TOOLS_OF_ALL = new Set(["custom", "web_search_20250305", "web_fetch_20250910"]);

/** Tools a model was trained on. They are not translated: another version is another tool. */
export const typedTools = defineHazard({
  codes: [E28],
  step: {
    of: "settings",
    run(draft) {
      for (const tool of draft.tools) {
        const type = tool.text("type");
        if (type === null || TOOLS_OF_ALL.has(type) || isToolTaken(draft, type)) continue;
        return skip("E28", `${draft.served} is not known to take the tool type ${printable(type)}`);
      }
      return null;
    },
  },
  inside: { capabilities: ["computerTool", "toolSearch"], toolMembers: ["type"] },
  betas: [],
  refusals: [
    {
      at: "each tool",
      refuse(tool, _path, { model, can }) {
        const kind = text(tool.type);
        if (!kind.startsWith("computer_") || can.computerTool === null || kind === can.computerTool) return null;
        return `'${model.id}' does not support tool types: ${kind}. Did you mean ${can.computerTool}?`;
      },
    },
  ],
  examples: () => ({
    E28: [
      {
        what: "a tool a model was trained on keeps that model",
        from: "sonnet-4-5",
        to: "sonnet-5-5",
        body: { tools: [{ type: "computer_20250124", name: "computer", display_width_px: 1, display_height_px: 1 }] },
        refusal: /does not support tool types: computer_20250124/,
        sent: { skip: "E28" },
        edits: ["E28 tools skip"],
      },
    ],
  }),
});

/**
 * Whether the served model accepts a typed tool. Models that share the computer tool's version share their training,
 * and so their other typed tools.
 */
function isToolTaken({ can, input }: Draft, type: string): boolean {
  if (can === null) return false;
  if (type.startsWith("computer_")) return can.computerTool === type;
  if (type.startsWith("tool_search_tool_")) return can.toolSearch === true;
  return can.computerTool !== null && can.computerTool === input.requested?.capabilities?.computerTool;
}

/** Quotes the request in a reason only when the text looks like the name of a tool type. */
const printable = (type: string): string => (/^[a-z0-9_]{1,64}$/.test(type) ? type : "of an unknown name");
