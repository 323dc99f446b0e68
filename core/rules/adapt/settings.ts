import { modelEdit } from "#core/protocol/splice.ts";
import type { AdaptEdit, Change } from "./adaptation.ts";
import type { Draft } from "./draft.ts";

/** Decisions about a request apart from its conversation. */
export interface Settings {
  /** In order, not overlapping, none inside `messages`; includes the edit of the model's name. */
  edits: readonly AdaptEdit[];
  changes: readonly Change[];
  /** Names of betas, without their dates, whose feature was dropped. */
  droppedBetas: readonly string[];
  /** As sent. */
  maxTokens: number | null;
}

/** Collects the decisions of a draft after every step but the conversation's. */
export function collectSettings(draft: Draft): Settings {
  const { body, input, changes, maxTokens } = draft;
  const emptied = draft.outputConfig?.emptiedBy();
  if (emptied) body.remove("output_config", emptied.code, emptied.why);
  const { modelSpan, model: asked } = input.index;
  const { bytes, why } = modelEdit(modelSpan, input.target.id, `${asked} → ${input.target.id}`);
  const edits: AdaptEdit[] = [{ start: modelSpan.start, end: modelSpan.end, bytes, why, code: "model" }];
  edits.push(...body.edits(), ...draft.edits);
  const objects = {
    thinking: draft.thinking,
    output_config: draft.outputConfig,
    context_management: draft.contextManagement,
  };
  // An object that is replaced or dropped as a whole has no separate edits.
  for (const [name, object] of Object.entries(objects))
    if (object !== null && !body.isChanged(name)) edits.push(...object.edits());
  return { edits: inOrder(edits), changes: [...changes], droppedBetas: [...draft.droppedBetas], maxTokens };
}

/** Sorts edits. An insertion at the start of a replaced span comes before it. */
export const inOrder = (edits: AdaptEdit[]): AdaptEdit[] => edits.sort((a, b) => a.start - b.start || a.end - b.end);
