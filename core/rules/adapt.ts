import { ScanProblem } from "#core/json-index/json-scan.ts";
import { type Adaptation, type AdaptInput, type Skip, skip } from "./adapt/adaptation.ts";
import { openDraft } from "./adapt/open-draft.ts";
import type { Conversation } from "./adapt/read-messages.ts";
import { Rewrite } from "./adapt/rewrite.ts";
import { collectSettings, inOrder, type Settings } from "./adapt/settings.ts";
import { BETAS_STEPS, CONVERSATION_STEPS, FEATURE_BETAS, SETTINGS_STEPS } from "./hazards/registry.ts";

/**
 * Computes the edits with which another model accepts a request, as spans of the original bytes. Otherwise it says why
 * the request keeps its own model. Pure: the same body gives the same bytes on every turn, so the prompt cache
 * survives. A request of the served model's own shape changes in nothing but the model's name. Blocks of earlier
 * thinking (E32), cache markers (E34) and `thinking.display` (E40) are never changed. Counting tokens (E36) is adapted
 * like the message itself.
 */
export const adapt = (input: AdaptInput): Adaptation => adaptSettling(input).adaptation;

/** An adaptation, and its part that does not depend on the conversation; null when the conversation was not reached. */
export interface Settled {
  adaptation: Adaptation;
  settings: Settings | null;
  /** Whether nothing but the size of the prompt and the conversation itself could have changed the settings. */
  isOfSettingsAlone: boolean;
}

/** Computes the adaptation and its part that is the same for every request with the same settings. */
export function adaptSettling(input: AdaptInput): Settled {
  try {
    const draft = openDraft(input);
    if (!("input" in draft)) return skipped(draft);
    for (const step of SETTINGS_STEPS) {
      const problem = step(draft);
      if (problem !== null) return skipped(problem);
    }
    const settings = collectSettings(draft);
    const isOfSettingsAlone = draft.tools.length === 0 && isOfTextAlone(draft.conversation);
    return { adaptation: withConversation(input, settings, draft.conversation), settings, isOfSettingsAlone };
  } catch (problem) {
    if (problem instanceof ScanProblem) return skipped(skip("unclear", "a key is written with a wrong escape"));
    throw problem;
  }
}

const skipped = (adaptation: Skip): Settled => ({ adaptation, settings: null, isOfSettingsAlone: false });

/** Whether no step except the conversation's own depends on it. */
export function isOfTextAlone({ blocks, lastRole }: Conversation): boolean {
  return blocks.images + blocks.documents + blocks.toolReferences === 0 && lastRole !== "assistant";
}

/** Combines settings and conversation into an adaptation. */
export function withConversation(input: AdaptInput, settings: Settings, conversation: Conversation): Adaptation {
  const plain = { edits: settings.edits, changes: settings.changes, left: settings.droppedBetas };
  const found = conversation.unusual.length === 0 ? plain : rewritten(input, settings, conversation);
  if ("kind" in found) return found;
  const unused = listUnusedBetas(input, found.left);
  let { betas } = input.headers;
  let { changes } = found;
  for (const step of BETAS_STEPS) {
    const { kept, notes } = step(betas, unused, input.target.contextWindow);
    betas = kept;
    if (notes.length > 0) changes = [...changes, ...notes];
  }
  return { kind: "adapted", edits: found.edits, betas, changes };
}

/**
 * Lists, without their dates, the betas without use after the rewrite. They are of features that were dropped (`left`)
 * or that the served model does not accept. After the rewrite the body has no field of theirs in any case.
 */
function listUnusedBetas(input: AdaptInput, left: readonly string[]): readonly string[] {
  const can = input.target.capabilities;
  if (can === null || input.headers.betas.length === 0) return left;
  const unused = [...left];
  for (const { names, isUnused } of FEATURE_BETAS)
    if (isUnused(can, input)) for (const name of names) unused.push(name);
  return unused;
}

function rewritten(input: AdaptInput, settings: Settings, conversation: Conversation) {
  const rewrite = new Rewrite(input, conversation, settings);
  for (const step of CONVERSATION_STEPS) {
    const problem = step(rewrite);
    if (problem !== null) return problem;
  }
  const edits = rewrite.edits.length === 0 ? settings.edits : inOrder([...settings.edits, ...rewrite.edits]);
  return { edits, changes: rewrite.changes, left: [...rewrite.droppedBetas] };
}
