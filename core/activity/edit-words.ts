import { shortModel } from "#core/costs/model-key.ts";
import { HAZARD_WORDS } from "#core/rules/hazards/registry.ts";
import type { EditedField } from "./edited-fields.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

/** What people call each part of a request. */
const fieldWords: Readonly<Record<EditedField, string>> = {
  model: "The model's name",
  max_tokens: "The longest answer allowed",
  thinking: "The thinking mode",
  "thinking.budget_tokens": "The thinking budget",
  "thinking.block_binding": "The binding of thinking blocks",
  "output_config.effort": "The effort level",
  "output_config.format": "The required form of the answer",
  "output_config.task_budget": "The task budget",
  messages: "Messages of the conversation",
  "messages.output_config": "The effort of single messages",
  "messages.clear_at": "The end mark of system messages",
  tools: "The tools",
  tool_choice: "The forced tool",
  temperature: "The temperature",
  top_p: "The sampling limit top_p",
  top_k: "The sampling limit top_k",
  "context_management.clear_thinking": "The clearing of old thinking",
  safeguards: "The safeguards",
  speed: "Fast mode",
  inference_geo: "The place of processing",
  fallbacks: "The provider-side fallbacks",
  "thread, fallback_credit_token": "What is bound to the requested model",
  "anthropic-beta": "The beta features",
  body: "The request's text",
};

/** One recorded edit as a sentence a developer can check against their own request. `served` is the model it was made for. */
export function editSentence({ code, field, action }: RecordedEdit, served: string): string {
  const what = fieldWords[field];
  const model = shortModel(served);
  switch (action) {
    case "override-model":
      return `${what} was replaced by ${model}.`;
    case "translate":
      return `${what} was said in ${model}'s own terms.`;
    case "clamp":
      return `${what} was lowered to what ${model} takes.`;
    case "drop":
      return `${what} was left out: ${model} does not take it.`;
    case "move":
      return `${what} was kept at another place, where ${model} takes it.`;
    case "skip":
      return `${what} kept the override away${code === "model" ? "" : ` (${HAZARD_WORDS[code]})`}.`;
  }
}
