import { ScanProblem } from "#core/protocol/json-scan.ts";
import { modelEdit } from "#core/protocol/splice.ts";
import { type Adaptation, type AdaptEdit, type AdaptInput, type Skip, skip } from "./adapt/adaptation.ts";
import { remainingBetas } from "./adapt/betas.ts";
import { conversation, prefill } from "./adapt/conversation.ts";
import { type Draft, openDraft, type Step } from "./adapt/draft.ts";
import { effort } from "./adapt/effort.ts";
import { keptOrSkipped } from "./adapt/kept-or-skipped.ts";
import { contextWindow, maxTokens, thinkingBudget } from "./adapt/max-tokens.ts";
import type { ObjectDraft } from "./adapt/object-draft.ts";
import { clearThinking, fallbacks, fastMode, taskBudget } from "./adapt/optional-fields.ts";
import { sampling } from "./adapt/sampling.ts";
import { forcedToolUse, thinkingKind } from "./adapt/thinking.ts";

/**
 * The hazards in the order they are looked at. It matters: what may not be changed comes first, the kind of thinking
 * decides over budget, effort, sampling, prefill and the clearing of thinking, and a lower max_tokens over budget and window.
 */
const STEPS: readonly Step[] = [
  keptOrSkipped, // E27 E23 E25 E28 E29 E30 E33
  thinkingKind, // E2 E3 E4 E5 E7
  forcedToolUse, // E19
  maxTokens, // E1 (E42: a pre-warm stays one)
  thinkingBudget, // the budget of E2, and E8
  contextWindow, // E21
  effort, // E9 E10 E11, E4 E5 E6 E7 as far as effort goes
  sampling, // E16 E17
  prefill, // E18
  fastMode, // E24
  fallbacks, // E26
  taskBudget, // E31
  clearThinking, // E20
  conversation, // E12 E13 E14 E15
];

/**
 * What has to change in a request so that another model takes it, as spans of the original bytes; or why it keeps its own
 * model. Pure: the same body gives the same bytes on every turn, so the prompt cache survives. A request of the served
 * model's own shape changes in nothing but the model's name. Blocks of earlier thinking (E32), cache markers (E34) and
 * `thinking.display` (E40) are never touched, and counting tokens (E36) is adapted as the message itself.
 */
export function adapt(input: AdaptInput): Adaptation {
  try {
    const draft = openDraft(input);
    if (!("input" in draft)) return draft;
    return STEPS.reduce<Skip | null>((found, step) => found ?? step(draft), null) ?? finished(draft);
  } catch (problem) {
    if (problem instanceof ScanProblem) return skip("unclear", "a key is written with a wrong escape");
    throw problem;
  }
}

const OBJECT_FIELDS = ["thinking", "output_config", "context_management"] as const;

function finished(draft: Draft): Adaptation {
  const { body, input } = draft;
  const emptied = draft.outputConfig?.emptiedBy();
  if (emptied) body.remove("output_config", emptied.code, emptied.why);
  const { modelSpan, model: asked } = input.index;
  const { bytes, why } = modelEdit(modelSpan, input.target.id, `${asked} → ${input.target.id}`);
  const edits: AdaptEdit[] = [{ start: modelSpan.start, end: modelSpan.end, bytes, why, code: "model" }];
  edits.push(...body.edits(), ...draft.edits);
  for (const name of OBJECT_FIELDS) if (!body.isChanged(name)) edits.push(...(fieldDraft(draft, name)?.edits() ?? []));
  const betas = remainingBetas(draft);
  // An insertion at the start of a replaced span comes before it.
  return {
    kind: "adapted",
    edits: edits.sort((a, b) => a.start - b.start || a.end - b.end),
    betas,
    changes: draft.changes,
  };
}

function fieldDraft(draft: Draft, name: "thinking" | "output_config" | "context_management"): ObjectDraft | null {
  if (name === "thinking") return draft.thinking;
  return name === "output_config" ? draft.outputConfig : draft.contextManagement;
}
