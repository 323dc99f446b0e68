import type { EditedField } from "#core/activity/edited-fields.ts";
import { betas } from "./betas.ts";
import { boundFields } from "./bound-fields.ts";
import { clearThinking } from "./clear-thinking.ts";
import type { HazardCode } from "./code.ts";
import { contextWindow } from "./context-window.ts";
import { conversation } from "./conversation.ts";
import { deferredTools } from "./deferred-tools.ts";
import { effort } from "./effort.ts";
import type { Example } from "./example.ts";
import { fallbacks } from "./fallbacks.ts";
import { fastMode } from "./fast-mode.ts";
import { forcedToolUse } from "./forced-tool-use.ts";
import type { CodeEntry, Hazard } from "./hazard.ts";
import { inferenceGeo } from "./inference-geo.ts";
import { maxTokens } from "./max-tokens.ts";
import { pictureCount } from "./picture-count.ts";
import { prefill } from "./prefill.ts";
import { safeguards } from "./safeguards.ts";
import { sampling } from "./sampling.ts";
import { structuredOutputs } from "./structured-outputs.ts";
import { taskBudget } from "./task-budget.ts";
import { thinkingBudget } from "./thinking-budget.ts";
import { thinkingKind } from "./thinking-kind.ts";
import { typedTools } from "./typed-tools.ts";
import { unclear } from "./unclear.ts";

/**
 * Every hazard, in the order of evaluation. The order matters: what may not be changed comes first, promises and safety
 * before all; the kind of thinking decides on budget, effort, sampling, prefill and the clearing of thinking, and a lower
 * max_tokens on budget and window. The conversation follows the settings, and the betas follow what was dropped.
 */
const LISTED = [
  unclear,
  boundFields, // E27
  safeguards, // E23
  inferenceGeo, // E25
  typedTools, // E28
  deferredTools, // E29
  structuredOutputs, // E30
  pictureCount, // E33
  thinkingKind, // E2 E3 E4 E5 E7
  forcedToolUse, // E19
  maxTokens, // E1
  thinkingBudget, // E8, and the budget of E2 and E3
  contextWindow, // E21
  effort, // E6 E9 E10 E11, and E4 E5 E7 where they concern effort
  sampling, // E16 E17
  prefill, // E18
  fastMode, // E24
  fallbacks, // E26
  taskBudget, // E31
  clearThinking, // E20
  conversation, // E12 E13 E14 E15
  betas, // E22 E35
] as const;

/** Any hazard, for code that walks all of them. */
interface AnyHazard extends Omit<Hazard, "examples"> {
  examples: () => { readonly [Code in HazardCode]?: readonly Example[] };
}

export const HAZARDS: readonly AnyHazard[] = LISTED;

type ListedCode = (typeof LISTED)[number]["codes"][number]["code"];

/** Collects one part of every code. The type has no code that no hazard lists, so that such a code does not check. */
function collectByCode<Part>(part: (entry: CodeEntry) => Part): Record<ListedCode, Part> {
  const entries = HAZARDS.flatMap(({ codes }) => codes.map((entry) => [entry.code, part(entry)]));
  return Object.fromEntries(entries) as Record<ListedCode, Part>;
}

/** What each hazard is, in words for people. */
export const HAZARD_WORDS: Readonly<Record<HazardCode, string>> = collectByCode(({ words }) => words);

/** Field in which each hazard lies: where a skip is recorded. */
export const HAZARD_FIELDS: Readonly<Record<HazardCode, EditedField>> = collectByCode(({ field }) => field);

// Steps by their kind, in the order of evaluation.
export const SETTINGS_STEPS = HAZARDS.flatMap(({ step }) => (step.of === "settings" ? [step.run] : []));
export const CONVERSATION_STEPS = HAZARDS.flatMap(({ step }) => (step.of === "conversation" ? [step.run] : []));
export const BETAS_STEPS = HAZARDS.flatMap(({ step }) => (step.of === "betas" ? [step.run] : []));

/** Betas that go with a feature. */
export const FEATURE_BETAS = HAZARDS.flatMap(({ betas }) => betas);
