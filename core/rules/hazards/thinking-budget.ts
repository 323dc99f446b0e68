import { ownValue } from "#core/own-value.ts";
import { record, text } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import type { Draft } from "../adapt/draft.ts";
import { manual } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E8 = defineCode({
  code: "E8",
  words: "fields of adaptive thinking",
  field: "thinking.block_binding",
  actions: ["drop"],
});

/** Budget for each effort, in percent of the largest budget Claude Code requests. */
const BUDGET_PERCENT: Readonly<Record<string, number>> = { low: 10, medium: 25, high: 50, xhigh: 80, max: 100 };
const BUDGET_MAX = 31_999;
const BUDGET_MIN = 1024;
/** Fields that exist for adaptive thinking only. */
const ADAPTIVE_ONLY = ["block_binding"];

/**
 * Gives manual thinking a budget that fits (at least 1,024, below max_tokens), or switches thinking off. Then writes the
 * decisions about thinking, and drops the fields that the decided kind does not have (E8).
 */
export const thinkingBudget = defineHazard({
  codes: [E8],
  step: { of: "settings", run: decideBudget },
  inside: null,
  betas: [{ names: ["block-binding"], isUnused: (can) => !can.thinking.includes("adaptive") }],
  refusals: [
    {
      at: "thinking",
      refuse({ body, can }) {
        const thinking = record(body.thinking);
        const kind = text(thinking.type);
        if (kind === "" || !can.thinking.includes(kind)) return null;
        if (thinking.block_binding !== undefined && kind !== "adaptive")
          return `thinking.${kind}.block_binding: Extra inputs are not permitted`;
        if (kind === "enabled") return budgetProblem(Number(thinking.budget_tokens), Number(body.max_tokens));
        if (kind === "between_tools" && Object.keys(thinking).length > 1)
          return "thinking.between_tools: Extra inputs are not permitted";
        return null;
      },
    },
  ],
  examples: () => ({
    E8: [
      {
        what: "fields of adaptive thinking go",
        from: "opus-5-5",
        to: "sonnet-4-5",
        body: { thinking: { type: "adaptive", block_binding: "strict" } },
        betas: "block-binding-2026-08-31",
        laidOver: { thinking: { type: "enabled", budget_tokens: 7999, block_binding: "strict" } },
        refusal: /block_binding: Extra inputs/,
        sent: manual(7999),
        sentBetas: "",
        edits: ["E2 thinking translate", "E8 thinking.block_binding drop", "E35 anthropic-beta drop"],
      },
    ],
  }),
});

function decideBudget(draft: Draft) {
  if (draft.thinkingKind !== "enabled") {
    writeThinking(draft, null);
    return null;
  }
  const isManual = draft.thinking?.text("type") === "enabled";
  const wanted = isManual ? (draft.thinking?.number("budget_tokens") ?? null) : budgetOfEffort(draft);
  // A pre-warm (max_tokens 0) has no room for a budget either: models with budgets require them below max_tokens.
  const room = draft.maxTokens === null ? Number.POSITIVE_INFINITY : draft.maxTokens - 1;
  if (wanted === null || wanted <= room) {
    writeThinking(draft, wanted);
    return null;
  }
  if (room >= BUDGET_MIN) {
    if (isManual) {
      const place = { code: "E1", field: "thinking.budget_tokens" } as const;
      draft.note(place, "clamp", `thinking budget ${wanted} → ${room}`);
    }
    writeThinking(draft, room);
    return null;
  }
  return withoutThinking(draft, isManual);
}

/** Switches thinking off when there are too few tokens for any budget: the response matters more than the thinking. */
function withoutThinking(draft: Draft, isManual: boolean) {
  const code = isManual ? "E1" : "E2";
  if (!draft.can?.thinking.includes("disabled"))
    return skip(code, `max_tokens leaves no room for ${draft.served} to think`);
  draft.decideThinking("disabled", code, "thinking switched off: max_tokens leaves no room for a budget");
  writeThinking(draft, null);
  return null;
}

function budgetOfEffort({ outputConfig, input }: Draft): number {
  const effort = outputConfig?.text("effort") ?? input.requested?.capabilities?.effortDefault ?? "high";
  return Math.max(BUDGET_MIN, Math.floor((BUDGET_MAX * (ownValue(BUDGET_PERCENT, effort) ?? 50)) / 100));
}

/** Writes the decision about thinking, the budget included: the field as small as possible, `display` kept. */
function writeThinking(draft: Draft, budget: number | null): void {
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
    draft.note(E8, "drop", `thinking.${name} left out`);
    draft.droppedBetas.add(name.replace("_", "-"));
  }
}

function budgetProblem(budget: number, maxTokens: number): string | null {
  if (!Number.isInteger(budget)) return "thinking.enabled.budget_tokens: Field required";
  if (budget < BUDGET_MIN)
    return `thinking.enabled.budget_tokens: Input should be greater than or equal to ${BUDGET_MIN}`;
  if (budget >= maxTokens)
    return "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size";
  return null;
}
