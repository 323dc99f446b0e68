import type { IncomingHttpHeaders } from "node:http";
import type { Capabilities, Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import { unknownBeta } from "./betas.ts";
import { badRequest, type Refusal } from "./errors.ts";
import { isRecord, type Json, list, record, text } from "./json.ts";
import { unknownCapabilities } from "./sentinel-model.ts";

export interface Asked {
  body: Json;
  raw: Buffer;
  model: ModelEntry;
  headers: IncomingHttpHeaders;
  promptTokens: number;
  catalogue: Catalogue;
  /** Counting tokens asks for the shape of a request, not for room for an answer. */
  isCount?: boolean;
}

/** What the model would answer with 400, in the provider's words; the first reason wins. Null: it takes the request. */
export function refusalFor(asked: Asked): Refusal | null {
  for (const check of asked.isCount === true ? countChecks : checks) {
    const message = check(asked, asked.model.capabilities ?? unknownCapabilities);
    if (message !== null) return badRequest(message);
  }
  return null;
}

type Check = (asked: Asked, can: Capabilities) => string | null;

const effortOrder = ["low", "medium", "high", "xhigh", "max"];

const requiredFields: Check = ({ body }) => {
  if (!Array.isArray(body.messages)) return "messages: Field required";
  if (body.messages.length === 0) return "messages: at least one message is required";
  if (body.max_tokens === undefined) return "max_tokens: Field required";
  if (!Number.isInteger(body.max_tokens)) return "max_tokens: Input should be a valid integer";
  return null;
};

const outputLimit: Check = ({ body, model }) => {
  const most = model.maxOutputTokens;
  if (most === null || Number(body.max_tokens) <= most) return null;
  return `max_tokens: ${body.max_tokens} > ${most}, which is the maximum allowed number of output tokens for ${model.id}`;
};

const promptLimit: Check = ({ body, model, promptTokens }) => {
  const window = model.contextWindowSafe;
  if (window === null) return null;
  if (promptTokens > window) return `prompt is too long: ${promptTokens} tokens > ${window} maximum`;
  const total = promptTokens + Number(body.max_tokens);
  if (total <= window) return null;
  return `input length and \`max_tokens\` exceed context limit: ${promptTokens} + ${body.max_tokens} > ${window}, decrease input length or \`max_tokens\` and try again`;
};

const thinkingKind: Check = ({ body }, can) => {
  const thinking = record(body.thinking);
  const kind = text(thinking.type);
  if (kind === "") return null;
  if (!["adaptive", "enabled", "disabled", "between_tools"].includes(kind))
    return `thinking.type: Input should be 'enabled', 'disabled' or 'adaptive'`;
  if (kind === "disabled" && can.thinking.length === 0) return null;
  if (!can.thinking.includes(kind)) return unsupportedThinking[kind] ?? `"thinking.type.${kind}" is not supported`;
  if (thinking.block_binding !== undefined && kind !== "adaptive")
    return `thinking.${kind}.block_binding: Extra inputs are not permitted`;
  if (kind === "enabled") return budgetTrouble(thinking, Number(body.max_tokens));
  if (kind === "between_tools" && Object.keys(thinking).length > 1)
    return "thinking.between_tools: Extra inputs are not permitted";
  return null;
};

const unsupportedThinking: Record<string, string> = {
  adaptive: "adaptive thinking is not supported on this model",
  enabled:
    '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
  disabled: '"thinking.type.disabled" is not supported for this model.',
  between_tools: '"thinking.type.between_tools" is not supported for this model.',
};

function budgetTrouble(thinking: Json, maxTokens: number): string | null {
  const budget = Number(thinking.budget_tokens);
  if (!Number.isInteger(budget)) return "thinking.enabled.budget_tokens: Field required";
  if (budget < 1024) return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  if (budget >= maxTokens)
    return "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size";
  return null;
}

const effortLevel: Check = ({ body }, can) => {
  const effort = record(body.output_config).effort;
  if (effort === undefined) return null;
  if (can.effort.length === 0) return "This model does not support the effort parameter.";
  if (!can.effort.includes(text(effort)))
    return `output_config.effort: "${effort}" is not supported by this model. Supported values: ${can.effort.join(", ")}`;
  const kind = text(record(body.thinking).type);
  const most =
    kind === "disabled" ? can.thinkingDisabledMaxEffort : kind === "between_tools" ? can.betweenToolsMaxEffort : null;
  if (most !== null && effortOrder.indexOf(text(effort)) > effortOrder.indexOf(most))
    return `"thinking.type.${kind}" is not supported with effort "${effort}" on this model.`;
  return null;
};

const messageShapes: Check = (asked, can) => {
  const { body } = asked;
  for (const [index, message] of list(body.messages).entries()) {
    if (!isRecord(message)) return `messages.${index}: Input should be an object`;
    const isSystem = message.role === "system";
    if (isSystem && can.systemRoleMessages === false && !can.unverified.includes("system_role_messages"))
      return 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.';
    if (!isSystem && message.role !== "user" && message.role !== "assistant")
      return `messages.${index}.role: Input should be 'user' or 'assistant'`;
    if (message.output_config !== undefined && can.perMessageEffort !== true)
      return `messages.${index}.output_config: Extra inputs are not permitted`;
    // No capability names it: it came with the generation that has the computer toolset.
    if (message.clear_at !== undefined && can.computerTool?.startsWith("computer_toolset_") !== true)
      return `messages.${index}.clear_at: Extra inputs are not permitted`;
    const foreign = isSystem ? null : foreignBlock(message, index, asked);
    if (foreign !== null) return foreign;
  }
  return null;
};

/** A signature that names a model stands for a conversation bound to it, as some accounts' are. */
function foreignBlock(message: Json, at: number, { model }: Asked): string | null {
  for (const [index, block] of list(message.content).entries()) {
    if (!isRecord(block)) continue;
    if (block.type === "thinking" && text(block.signature).includes("tampered"))
      return `messages.${at}.content.${index}: Invalid \`signature\` in \`thinking\` block`;
    const boundTo = block.type === "thinking" ? /only-(claude-[a-z0-9-]+)/.exec(text(block.signature))?.[1] : undefined;
    if (boundTo !== undefined && boundTo !== model.id)
      return `messages.${at}.content.${index}: \`thinking\` block is bound to another conversation`;
    if (block.type === "text" && block.text === "") return `messages: text content blocks must be non-empty`;
  }
  return null;
}

const sampling: Check = ({ body, headers, catalogue }, can) => {
  const given = ["temperature", "top_p", "top_k"].filter((field) => body[field] !== undefined);
  if (given.length === 0) return null;
  const version = text(headers["anthropic-version"]);
  const byVersion = catalogue.versionRules.find((rule) => version >= rule.anthropicVersionFrom);
  const first = given.find((field) => byVersion?.rejects.includes(field));
  if (first !== undefined) return `${first}: Extra inputs are not permitted`;
  if (can.sampling.mode === "rejected") {
    const refused = given.find((field) => !(field === "temperature" && body.temperature === 1));
    return refused === undefined ? null : `\`${refused}\` is deprecated for this model.`;
  }
  if (can.sampling.mode === "fixed_values") {
    const allowed: Record<string, string | null> = {
      temperature: can.sampling.temperature,
      top_p: can.sampling.topP,
      top_k: can.sampling.topK,
    };
    const wrong = given.find((field) => String(body[field]) !== allowed[field]);
    return wrong === undefined ? null : `\`${wrong}\` is not configurable for this model.`;
  }
  if (given.includes("temperature") && given.includes("top_p"))
    return "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
  if (isThinkingOn(body) && given.includes("temperature") && body.temperature !== 1)
    return "`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking";
  return null;
};

const prefill: Check = ({ body }, can) => {
  const last = list(body.messages).findLast((message) => record(message).role !== "system");
  if (record(last).role !== "assistant" || can.prefill === "ok") return null;
  if (can.prefill === "rejected")
    return "This model does not support assistant message prefill. The conversation must end with a user message.";
  return isThinkingOn(body) ? "Expected a user message at the end of the conversation when thinking is enabled." : null;
};

const forcedTool: Check = ({ body }, can) => {
  const kind = text(record(body.tool_choice).type);
  if (kind !== "any" && kind !== "tool") return null;
  if (can.forcedToolChoice === "rejected")
    return `tool_choice: "${kind}" is not supported on this model. Use "auto" or "none".`;
  return can.forcedToolChoice === "thinking_off" && isThinkingOn(body)
    ? "Thinking may not be enabled when tool_choice forces tool use."
    : null;
};

const topLevelFields: Check = ({ body, model }, can) => {
  if (body.safeguards !== undefined && can.safeguards === false) return "safeguards: Extra inputs are not permitted";
  if (body.fallbacks !== undefined && can.fallbacks === false) return "fallbacks: Extra inputs are not permitted";
  if (body.inference_geo !== undefined && model.inferenceGeoUsMilli === null)
    return "inference_geo: not supported on this model";
  if (body.speed === "fast" && model.fastMode === null && model.fastModeUnsupported !== "ignored")
    return "speed: fast mode is not supported on this model";
  for (const bound of ["fallback_credit_token", "thread"]) {
    const value = typeof body[bound] === "string" ? body[bound] : JSON.stringify(body[bound] ?? "");
    const owner = /claude-[a-z0-9-]+/.exec(value)?.[0];
    if (owner !== undefined && owner !== model.id) return `${bound}: request fingerprint mismatch`;
  }
  return null;
};

const outputConfig: Check = ({ body }, can) => {
  const config = record(body.output_config);
  if (config.format !== undefined && can.structuredOutputs === false)
    return "output_config.format: structured outputs are not supported on this model";
  if (config.task_budget !== undefined && can.taskBudget === false)
    return "output_config.task_budget: not supported on this model";
  return null;
};

const tools: Check = ({ body, raw, model }, can) => {
  for (const [index, tool] of list(body.tools).entries()) {
    if (!isRecord(tool)) return `tools.${index}: Input should be an object`;
    const kind = text(tool.type);
    if (kind.startsWith("computer_") && can.computerTool !== null && kind !== can.computerTool)
      return `'${model.id}' does not support tool types: ${kind}. Did you mean ${can.computerTool}?`;
    if (tool.defer_loading !== undefined && can.toolSearch === false)
      return `tools.${index}.defer_loading: Extra inputs are not permitted`;
    if (tool.strict === true && can.structuredOutputs === false)
      return `tools.${index}.strict: structured outputs are not supported on this model`;
  }
  if (can.toolSearch === false && raw.includes('"type":"tool_reference"'))
    return "messages: Input tag 'tool_reference' is not supported on this model";
  return null;
};

const contextManagement: Check = ({ body }, can) => {
  const edits = list(record(body.context_management).edits).map((edit) => text(record(edit).type));
  if (!edits.includes("clear_thinking_20251015")) return null;
  const kind = text(record(body.thinking).type);
  const isOn = kind === "" ? can.thinkingDefault === "on" : kind !== "disabled";
  return isOn ? null : "`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive";
};

const imageLimit: Check = ({ raw, body, model }) => {
  const most = model.maxImagesOrPages;
  if (most === null || (!raw.includes('"image"') && !raw.includes('"document"'))) return null;
  const countIn = (content: unknown): number =>
    list(content).reduce<number>((count, item) => {
      const block = record(item);
      const isPage = block.type === "image" || block.type === "document";
      return count + (isPage ? 1 : block.type === "tool_result" ? countIn(block.content) : 0);
    }, 0);
  const images = list(body.messages).reduce<number>((count, message) => count + countIn(record(message).content), 0);
  return images > most ? `messages: too many images: ${images} > ${most}` : null;
};

const isThinkingOn = (body: Json) => !["", "disabled"].includes(text(record(body.thinking).type));

const checks: readonly Check[] = [
  ({ headers }) => unknownBeta(headers),
  requiredFields,
  messageShapes,
  thinkingKind,
  effortLevel,
  outputConfig,
  sampling,
  prefill,
  forcedTool,
  topLevelFields,
  tools,
  contextManagement,
  imageLimit,
  outputLimit,
  promptLimit,
];

const countChecks = checks.filter(
  (check) => check !== requiredFields && check !== outputLimit && check !== promptLimit,
);
