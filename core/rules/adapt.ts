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
import { inOrder, type Settings, settingsOf } from "./adapt/settings.ts";
import { forcedToolUse, thinkingKind } from "./adapt/thinking.ts";

/**
 * The hazards in the order they are looked at. It matters: what may not be changed comes first, the kind of thinking
 * decides over budget, effort, sampling, prefill and the clearing of thinking, and a lower max_tokens over budget and window.
 * E12 to E15, the conversation itself, come behind them.
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
];

/**
 * What has to change in a request so that another model takes it, as spans of the original bytes; or why it keeps its own
 * model. Pure: the same body gives the same bytes on every turn, so the prompt cache survives. A request of the served
 * model's own shape changes in nothing but the model's name. Blocks of earlier thinking (E32), cache markers (E34) and
 * `thinking.display` (E40) are never touched, and counting tokens (E36) is adapted as the message itself.
 */
export const adapt = (input: AdaptInput): Adaptation => adaptSettling(input).adaptation;

/** An adaptation, and what of it does not come of the conversation; null when that was not gone into so far. */
export interface Settled {
  adaptation: Adaptation;
  settings: Settings | null;
  /** Nothing but the size of the prompt and the conversation itself could have changed the settings. */
  isOfSettingsAlone: boolean;
}

/** The same, with what of it will be the same for every request of the same settings. */
export function adaptSettling(input: AdaptInput): Settled {
  try {
    const draft = openDraft(input);
    if (!("input" in draft)) return skipped(draft);
    for (const step of STEPS) {
      const problem = step(draft);
      if (problem !== null) return skipped(problem);
    }
    const settings = settingsOf(draft);
    const isOfSettingsAlone = draft.tools.length === 0 && isOfTextAlone(draft.conversation);
    return { adaptation: withConversation(input, settings, draft.conversation), settings, isOfSettingsAlone };
  } catch (problem) {
    if (problem instanceof ScanProblem) return skipped(skip("unclear", "a key is written with a wrong escape"));
    throw problem;
  }
}

const skipped = (adaptation: Skip): Settled => ({ adaptation, settings: null, isOfSettingsAlone: false });

/** No step but the conversation's own has anything to ask of it. */
export function isOfTextAlone({ blocks, lastRole }: Conversation): boolean {
  return blocks.images + blocks.documents + blocks.toolReferences === 0 && lastRole !== "assistant";
}

/** Settings and conversation together. */
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
