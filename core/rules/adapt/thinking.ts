import type { Capabilities } from "#core/costs/catalogue.ts";
import { skip } from "./adaptation.ts";
import type { Draft, Step } from "./draft.ts";
import type { HazardCode } from "./hazards.ts";

/** Nearest kind for one the served model does not accept. Without one the field is dropped. */
const INSTEAD: Readonly<Record<string, { code: HazardCode; kind: string }>> = {
  adaptive: { code: "E2", kind: "enabled" },
  enabled: { code: "E3", kind: "adaptive" },
  disabled: { code: "E5", kind: "between_tools" },
  between_tools: { code: "E7", kind: "disabled" },
};
/** Fields that exist for adaptive thinking only. */
const ADAPTIVE_ONLY = ["block_binding"];

/**
 * Decides the kind of thinking: E2, E3, E4, E5, E7. Nothing is written yet, because forced tools and budgets may
 * change the decision.
 */
export const thinkingKind: Step = (draft) => {
  const { can, thinkingKind: asked, served } = draft;
  if (asked === null || can?.thinking.includes(asked)) return null;
  const instead = INSTEAD[asked];
  if (can === null || instead === undefined) return skip("E2", `whether ${served} can think as asked is not known`);
  if (!can.thinking.includes(instead.kind)) leaveOut(draft, can, asked, instead.code);
  else draft.decideThinking(instead.kind, instead.code, `thinking ${asked} → ${instead.kind}`);
  return null;
};

/** E4: asks a model that always thinks for the lowest effort. */
function leaveOut(draft: Draft, can: Capabilities, asked: string, code: HazardCode): void {
  const wantsOff = asked === "disabled" || asked === "between_tools";
  const alwaysThinks = can.thinking.length > 0 && !can.thinking.includes("disabled");
  const found = asked === "disabled" ? "E4" : code;
  if (wantsOff && alwaysThinks) draft.leastEffort = found;
  draft.decideThinking(null, found, `thinking ${asked} left out`);
}

/** E19: tool use can be forced on these models only with thinking off; where that is impossible the model stays. */
export const forcedToolUse: Step = (draft) => {
  const { body, can, served } = draft;
  const choice = body.value("tool_choice");
  const kind = typeof choice === "object" && choice !== null ? Reflect.get(choice, "type") : null;
  if (kind !== "any" && kind !== "tool") return null;
  if (can?.forcedToolChoice === "ok") return null;
  if (can === null || can.forcedToolChoice === "rejected")
    return skip("E19", `${served} cannot be forced to use a tool`);
  if (!draft.isThinkingOn) return null;
  if (!can.thinking.includes("disabled")) return skip("E19", `${served} cannot use a forced tool while it thinks`);
  draft.decideThinking("disabled", "E19", "thinking switched off for the forced tool");
  return null;
};

/** Writes the decision about thinking, the budget included: the field as small as possible, `display` kept. */
export function writeThinking(draft: Draft, budget: number | null): void {
  const { body, thinking, thinkingKind: kind } = draft;
  const asked = thinking?.text("type") ?? null;
  const code = draft.thinkingCode ?? "E1";
  const isBare = kind === "disabled" || kind === "between_tools";
  if (kind === null) {
    if (asked !== null) body.remove("thinking", code, "thinking left out");
  } else if (thinking === null || (isBare && kind !== asked)) {
    body.set("thinking", { type: kind }, code, `thinking ${asked ?? "as usual"} → ${kind}`);
  } else {
    if (kind !== asked) thinking.set("type", kind, code, `thinking ${asked} → ${kind}`);
    if (kind !== asked && kind === "adaptive")
      thinking.remove("budget_tokens", code, "adaptive thinking has no budget");
    if (kind === "enabled" && budget !== null && budget !== thinking.number("budget_tokens")) {
      thinking.set("budget_tokens", budget, code, `thinking budget ${budget}`);
    }
    if (kind !== "adaptive") dropAdaptiveOnly(draft);
  }
}

function dropAdaptiveOnly(draft: Draft): void {
  for (const name of ADAPTIVE_ONLY) {
    if (!draft.thinking?.has(name)) continue;
    draft.thinking.remove(name, "E8", `${name} belongs to adaptive thinking`);
    draft.note("E8", "drop", `thinking.${name} left out`);
    draft.droppedBetas.add(name.replace("_", "-"));
  }
}
