import { ScanProblem } from "#core/json-index/json-scan.ts";
import { type Adaptation, type AdaptInput, type Skip, skip } from "./adapt/adaptation.ts";
import { betasWithoutUse, sortBetas } from "./adapt/betas.ts";
import { prefill, rewriteConversation } from "./adapt/conversation.ts";
import { openDraft, type Step } from "./adapt/draft.ts";
import { effort } from "./adapt/effort.ts";
import { keptOrSkipped } from "./adapt/kept-or-skipped.ts";
import { contextWindow, maxTokens, thinkingBudget } from "./adapt/max-tokens.ts";
import { clearThinking, fallbacks, fastMode, taskBudget } from "./adapt/optional-fields.ts";
import type { Conversation } from "./adapt/read-messages.ts";
import { Rewrite } from "./adapt/rewrite.ts";
import { sampling } from "./adapt/sampling.ts";
import { collectSettings, inOrder, type Settings } from "./adapt/settings.ts";
import { forcedToolUse, thinkingKind } from "./adapt/thinking.ts";

/**
 * Hazards in the order of evaluation. The order matters: what may not be changed comes first; the kind of thinking
 * decides on budget, effort, sampling, prefill and the clearing of thinking, and a lower max_tokens on budget and
 * window. E12 to E15, the conversation itself, follow them.
 */
const STEPS: readonly Step[] = [
  keptOrSkipped, // E27 E23 E25 E28 E29 E30 E33
  thinkingKind, // E2 E3 E4 E5 E7
  forcedToolUse, // E19
  maxTokens, // E1 (E42: a pre-warm stays one)
  thinkingBudget, // the budget of E2, and E8
  contextWindow, // E21
  effort, // E9 E10 E11, and E4 E5 E6 E7 where they concern effort
  sampling, // E16 E17
  prefill, // E18
  fastMode, // E24
  fallbacks, // E26
  taskBudget, // E31
  clearThinking, // E20
];

/**
 * Computes the edits with which another model accepts a request, as spans of the original bytes; or why it keeps its
 * own model. Pure: the same body gives the same bytes on every turn, so the prompt cache survives. A request of the
 * served model's own shape changes in nothing but the model's name. Blocks of earlier thinking (E32), cache markers
 * (E34) and `thinking.display` (E40) are never changed, and counting tokens (E36) is adapted like the message itself.
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
    for (const step of STEPS) {
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
  const { edits, changes, left } = found;
  const unused = input.headers.betas.length === 0 ? left : [...left, ...betasWithoutUse(input)];
  const { kept, notes } = sortBetas(input.headers.betas, unused, input.target.contextWindow);
  return { kind: "adapted", edits, betas: kept, changes: notes.length === 0 ? changes : [...changes, ...notes] };
}

function rewritten(input: AdaptInput, settings: Settings, conversation: Conversation) {
  const rewrite = new Rewrite(input, conversation, settings);
  const problem = rewriteConversation(rewrite);
  if (problem !== null) return problem;
  const edits = rewrite.edits.length === 0 ? settings.edits : inOrder([...settings.edits, ...rewrite.edits]);
  return { edits, changes: rewrite.changes, left: [...rewrite.droppedBetas] };
}
