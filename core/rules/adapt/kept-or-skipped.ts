import { type Skip, skip } from "./adaptation.ts";
import type { Draft, Step } from "./draft.ts";

/** Fields that must reach the model unchanged, or the request keeps its own model: promises and safety first. */
const boundFields: Step = ({ body }) => {
  const bound = ["thread", "fallback_credit_token"].find((name) => body.has(name));
  return bound === undefined ? null : skip("E27", `${bound} is bound to the requested model`);
};

/** Dropped only where the rule says so explicitly: without a safety field, what the person relies on is weaker. */
export const safeguards: Step = (draft) => {
  const { body, can, served, input } = draft;
  if (!body.has("safeguards") || can?.safeguards === true) return null;
  if (input.options?.safeguards !== "drop") {
    return skip(
      "E23",
      `${served} does not take the safeguards of auto and plan mode, and no rule lets them be left out`,
    );
  }
  body.remove("safeguards", "E23", "the rule lets safeguards be left out");
  draft.note("E23", "drop", `safeguards left out, as the rule says: ${served} does not take them`);
  draft.droppedBetas.add("dangerous-tool-use");
  return null;
};

export const inferenceGeo: Step = ({ body, input, served }) => {
  if (!body.has("inference_geo") || input.target.inferenceGeoUsMilli !== null) return null;
  return skip("E25", `${served} cannot promise where data is processed (inference_geo)`);
};

export const structuredOutputs: Step = (draft) => {
  const { body, outputConfig, tools, can, served } = draft;
  if (can?.structuredOutputs === true) return null;
  const isUsed =
    outputConfig?.has("format") || body.has("output_format") || tools.some((tool) => tool.value("strict") === true);
  return isUsed ? skip("E30", `${served} has no structured outputs`) : null;
};

const toolsLoadedLater: Step = ({ tools, conversation, can, served }) => {
  if (can?.toolSearch === true) return null;
  const isUsed = tools.some((tool) => tool.has("defer_loading")) || conversation.blocks.toolReferences > 0;
  return isUsed ? skip("E29", `${served} cannot load tools later`) : null;
};

const imageCount: Step = ({ conversation: { blocks }, input, served }) => {
  const count = blocks.images + blocks.documents;
  if (count === 0) return null;
  const most = input.target.maxImagesOrPages;
  if (most !== null && count <= most) return null;
  const limit = most === null ? "how many is not known" : `${most} at most`;
  return skip("E33", `the request holds ${count} images and documents; ${served} takes fewer (${limit})`);
};

/** First editions of the web tools: every model accepts them. */
const TOOLS_OF_ALL = new Set(["custom", "web_search_20250305", "web_fetch_20250910"]);

/** Tools a model was trained on. They are not translated: another version is another tool. */
const typedTools: Step = (draft) => {
  for (const tool of draft.tools) {
    const type = tool.text("type");
    if (type === null || TOOLS_OF_ALL.has(type) || isToolTaken(draft, type)) continue;
    return skip("E28", `${draft.served} is not known to take the tool type ${printable(type)}`);
  }
  return null;
};

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

const STEPS: readonly Step[] = [
  boundFields,
  safeguards,
  inferenceGeo,
  typedTools,
  toolsLoadedLater,
  structuredOutputs,
  imageCount,
];

/** Runs the checks in a fixed order; the first skip counts. */
export const keptOrSkipped: Step = (draft): Skip | null => {
  for (const step of STEPS) {
    const found = step(draft);
    if (found !== null) return found;
  }
  return null;
};
