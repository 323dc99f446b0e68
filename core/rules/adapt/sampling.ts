import type { Sampling } from "#core/costs/catalogue.ts";
import { skip } from "./adaptation.ts";
import type { Draft, Step } from "./draft.ts";
import type { HazardCode } from "./hazards.ts";

type Field = "temperature" | "top_p" | "top_k";
const FIELDS: readonly Field[] = ["temperature", "top_p", "top_k"];

/**
 * E16 and E17, by the served model and by the version header: from a certain version on no model accepts any of them.
 */
export const sampling: Step = (draft) => {
  const { body, can, input } = draft;
  const given = FIELDS.filter((field) => body.has(field));
  if (given.length === 0) return null;
  if (can === null) return skip("E16", `whether ${draft.served} takes ${given.join(", ")} is not known`);
  const version = input.headers.anthropicVersion ?? "";
  const byVersion = input.catalogue.versionRules
    .filter((rule) => version >= rule.anthropicVersionFrom)
    .flatMap((rule) => rule.rejects);
  for (const field of given) {
    const code = byVersion.includes(field) ? "E16" : hazardOf(draft, can.sampling, field);
    if (code === null) continue;
    body.remove(field, code, `${field} left out`);
    draft.note(code, "drop", `sampling: ${field} left out`, field);
  }
  return null;
};

function hazardOf(draft: Draft, rule: Sampling, field: Field): HazardCode | null {
  const value = draft.body.value(field);
  if (rule.mode === "rejected") return field === "temperature" && value === 1 ? null : "E16";
  if (rule.mode === "fixed_values") return isFixedValue(rule, field, value) ? null : "E16";
  if (field === "top_p" && draft.body.has("temperature")) return "E17";
  return isStrictByThinking(draft) && !isTakenWhileThinking(field, value) ? "E16" : null;
}

function isFixedValue(rule: Extract<Sampling, { mode: "fixed_values" }>, field: Field, value: unknown): boolean {
  const only = { temperature: rule.temperature, top_p: rule.topP, top_k: rule.topK }[field];
  return only !== null && value === Number(only);
}

/** Whether thinking was requested on a model that otherwise accepts all sampling values. */
const isStrictByThinking = (draft: Draft): boolean => draft.thinkingKind !== null && draft.thinkingKind !== "disabled";

function isTakenWhileThinking(field: Field, value: unknown): boolean {
  if (field === "temperature") return value === 1;
  return field === "top_p" && typeof value === "number" && value >= 0.95;
}
