import { isArrayAt, isObjectAt, objectAt, valueEnd, walkArray } from "#core/json-index/json-walk.ts";
import { list, record, text } from "#core/untyped-json.ts";
import type { Draft } from "../adapt/draft.ts";
import { ObjectDraft } from "../adapt/object-draft.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E20 = defineCode({
  code: "E20",
  words: "clearing of thinking",
  field: "context_management.clear_thinking",
  actions: ["drop"],
});

const CLEAR_THINKING = "clear_thinking_20251015";

/** Thinking can only be cleared where there is any. */
export const clearThinking = defineHazard({
  codes: [E20],
  step: {
    of: "settings",
    run(draft) {
      const { body, contextManagement, input } = draft;
      const edits = contextManagement?.member("edits");
      if (edits === undefined || draft.isThinkingOn || !isArrayAt(input.bytes, edits.start)) return null;
      const { kept, removed, spans } = splitEdits(input.bytes, edits.start);
      if (removed === 0) return null;
      draft.note(E20, "drop", "clearing of thinking left out: the served model does not think here");
      if (kept > 0) draft.edits.push(...spans);
      else {
        contextManagement?.remove("edits", "E20", "no edit is left");
        if (contextManagement?.emptiedBy()) body.remove("context_management", "E20", "no edit is left");
      }
      return null;
    },
  },
  inside: null,
  betas: [],
  refusals: [
    {
      at: "context_management",
      refuse({ body, can }) {
        const edits = list(record(body.context_management).edits).map((edit) => text(record(edit).type));
        if (!edits.includes(CLEAR_THINKING)) return null;
        const kind = text(record(body.thinking).type);
        const isOn = kind === "" ? can.thinkingDefault === "on" : kind !== "disabled";
        return isOn ? null : `\`${CLEAR_THINKING}\` strategy requires \`thinking\` to be enabled or adaptive`;
      },
    },
  ],
  examples: () => ({
    E20: [
      {
        what: "clearing of thinking goes where there is none",
        from: "opus-5-5",
        to: "opus-4-8",
        body: { context_management: { edits: [{ type: CLEAR_THINKING, keep: "all" }, { type: "other" }] } },
        refusal: /clear_thinking_20251015/,
        sent: { context_management: { edits: [{ type: "other" }] } },
        edits: ["E20 context_management.clear_thinking drop"],
      },
    ],
  }),
});

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
