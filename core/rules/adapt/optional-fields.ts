import { isArrayAt, isObjectAt, objectAt, valueEnd, walkArray } from "#core/json-index/json-walk.ts";
import { skip } from "./adaptation.ts";
import type { Draft, Step } from "./draft.ts";
import { ObjectDraft } from "./object-draft.ts";

const CLEAR_THINKING = "clear_thinking_20251015";

/** E24: the response comes at normal speed instead, unless the rule prefers to keep the model. */
export const fastMode: Step = (draft) => {
  const { body, input, served } = draft;
  if (body.text("speed") !== "fast") return null;
  const fast = input.target.fastMode;
  const today = input.today ?? input.catalogue.asOf;
  if (fast !== null && (fast.effectiveUntil === null || today < fast.effectiveUntil)) return null;
  if (input.options?.fastMode === "skip")
    return skip("E24", `${served} has no fast mode, and the rule asks to keep it`);
  body.remove("speed", "E24", `${served} has no fast mode`);
  draft.note("E24", "drop", "fast mode left out");
  draft.droppedBetas.add("fast-mode");
  return null;
};

/** E26. */
export const fallbacks: Step = (draft) => {
  const { body, can, served } = draft;
  if (!body.has("fallbacks") || can?.fallbacks === true) return null;
  if (can === null || can.fallbacks === null) return skip("E26", `whether ${served} takes fallbacks is not known`);
  body.remove("fallbacks", "E26", `${served} takes no fallbacks`);
  draft.note("E26", "drop", "fallbacks left out");
  draft.droppedBetas.add("server-side-fallback");
  return null;
};

/** E31. */
export const taskBudget: Step = (draft) => {
  const { outputConfig, can, served } = draft;
  if (!outputConfig?.has("task_budget") || can?.taskBudget === true) return null;
  if (can === null || can.taskBudget === null) return skip("E31", `whether ${served} takes a task budget is not known`);
  outputConfig.remove("task_budget", "E31", `${served} takes no task budget`);
  draft.note("E31", "drop", "task budget left out");
  draft.droppedBetas.add("task-budgets");
  return null;
};

/** E20: thinking can only be cleared where there is any. */
export const clearThinking: Step = (draft) => {
  const { body, contextManagement, input } = draft;
  const edits = contextManagement?.member("edits");
  if (edits === undefined || draft.isThinkingOn || !isArrayAt(input.bytes, edits.start)) return null;
  const { kept, removed, spans } = splitEdits(input.bytes, edits.start);
  if (removed === 0) return null;
  draft.note("E20", "drop", "clearing of thinking left out: the served model does not think here");
  if (kept > 0) draft.edits.push(...spans);
  else {
    contextManagement?.remove("edits", "E20", "no edit is left");
    if (contextManagement?.emptiedBy()) body.remove("context_management", "E20", "no edit is left");
  }
  return null;
};

/** Computes the spans that remove the clearing of thinking from the list of edits, each with one comma. */
function splitEdits(bytes: Uint8Array, open: number) {
  const items: { start: number; end: number; isRemoved: boolean }[] = [];
  walkArray(bytes, open, (at) => {
    const isRemoved =
      isObjectAt(bytes, at) && new ObjectDraft(bytes, at, objectAt(bytes, at).members).text("type") === CLEAR_THINKING;
    const end = valueEnd(bytes, at);
    items.push({ start: at, end, isRemoved });
    return end;
  });
  const spans: Draft["edits"] = [];
  let keptBefore = false;
  for (const [position, item] of items.entries()) {
    if (!item.isRemoved) keptBefore = true;
    else {
      const start = keptBefore ? (items[position - 1]?.end ?? item.start) : item.start;
      const end = keptBefore ? item.end : (items[position + 1]?.start ?? item.end);
      spans.push({ start, end, bytes: new Uint8Array(0), code: "E20", why: "clearing of thinking left out" });
    }
  }
  const removed = spans.length;
  return { kept: items.length - removed, removed, spans };
}
