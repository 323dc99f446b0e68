import { record } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import { OLDER, tool } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E30 = defineCode({
  code: "E30",
  words: "structured outputs",
  field: "output_config.format",
  actions: ["skip"],
});

/** A program that asks for a form of answer cannot read another one. */
export const structuredOutputs = defineHazard({
  codes: [E30],
  step: {
    of: "settings",
    run({ body, outputConfig, tools, can, served }) {
      if (can?.structuredOutputs === true) return null;
      const isUsed =
        outputConfig?.has("format") || body.has("output_format") || tools.some((tool) => tool.value("strict") === true);
      return isUsed ? skip("E30", `${served} has no structured outputs`) : null;
    },
  },
  inside: { capabilities: ["structuredOutputs"], toolMembers: ["strict"] },
  betas: [],
  refusals: [
    {
      at: "output_config",
      refuse: ({ body, can }) =>
        record(body.output_config).format !== undefined && can.structuredOutputs === false
          ? "output_config.format: structured outputs are not supported on this model"
          : null,
    },
    {
      at: "each tool",
      refuse: (tool, path, { can }) =>
        tool.strict === true && can.structuredOutputs === false
          ? `${path}.strict: structured outputs are not supported on this model`
          : null,
    },
  ],
  examples: () => ({
    E30: [
      {
        what: "a fixed form of answer keeps the model",
        from: "opus-5-5",
        to: OLDER,
        body: { output_config: { format: { type: "json_schema", schema: {} } } },
        refusal: /structured outputs are not supported/,
        sent: { skip: "E30" },
        edits: ["E30 output_config.format skip"],
      },
      {
        what: "and so does a strict tool",
        from: "opus-5-5",
        to: OLDER,
        body: { tools: [{ ...tool, strict: true }] },
        refusal: /strict: structured outputs/,
        sent: { skip: "E30" },
        edits: ["E30 output_config.format skip"],
      },
    ],
  }),
});
