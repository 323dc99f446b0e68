import type { Sampling } from "#core/costs/catalogue.ts";
import { skip } from "../adapt/adaptation.ts";
import type { Draft } from "../adapt/draft.ts";
import type { HazardCode } from "./code.ts";
import { gone } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";
import { asksToThink, type CheckedRequest } from "./refusal.ts";

// One file for two codes: for each field the same function finds which of them applies.
const E16 = defineCode({
  code: "E16",
  words: "sampling parameters",
  field: "temperature",
  actions: ["drop", "skip"],
});
const E17 = defineCode({ code: "E17", words: "temperature together with top_p", field: "top_p", actions: ["drop"] });

type Field = "temperature" | "top_p" | "top_k";
const FIELDS: readonly Field[] = ["temperature", "top_p", "top_k"];

/**
 * Decides on sampling parameters by the served model and by the version header. From a certain version on no model
 * accepts any of them.
 */
export const sampling = defineHazard({
  codes: [E16, E17],
  step: {
    of: "settings",
    run(draft) {
      const { body, can, input } = draft;
      const given = FIELDS.filter((field) => body.has(field));
      if (given.length === 0) return null;
      if (can === null) return skip("E16", `whether ${draft.served} takes ${given.join(", ")} is not known`);
      const version = input.headers.anthropicVersion ?? "";
      const byVersion = input.catalogue.versionRules
        .filter((rule) => version >= rule.anthropicVersionFrom)
        .flatMap((rule) => rule.rejects);
      for (const field of given) {
        const code = byVersion.includes(field) ? "E16" : findHazard(draft, can.sampling, field);
        if (code === null) continue;
        body.remove(field, code, `${field} left out`);
        draft.note({ code, field }, "drop", `sampling: ${field} left out`);
      }
      return null;
    },
  },
  inside: null,
  betas: [],
  refusals: [{ at: "sampling", refuse: refuseSampling }],
  examples: () => ({
    E16: [
      {
        what: "sampling is dropped",
        from: "sonnet-4-5",
        to: "sonnet-5-5",
        body: { temperature: 0.5, top_k: 5 },
        refusal: /`temperature` is deprecated/,
        sent: { temperature: gone, top_k: gone },
        edits: ["E16 temperature drop", "E16 top_k drop"],
      },
    ],
    E17: [
      {
        what: "of temperature and top_p the temperature stays",
        from: "3-5-sonnet",
        to: "haiku-4-5",
        body: { temperature: 0.5, top_p: 0.9 },
        refusal: /cannot both be specified/,
        sent: { temperature: 0.5, top_p: gone },
        edits: ["E17 top_p drop"],
        isTakenAsAsked: false,
      },
    ],
  }),
});

function findHazard(draft: Draft, rule: Sampling, field: Field): HazardCode | null {
  const value = draft.body.value(field);
  if (rule.mode === "rejected") return field === "temperature" && value === 1 ? null : "E16";
  if (rule.mode === "fixed_values") return isFixedValue(rule, field, value) ? null : "E16";
  if (field === "top_p" && draft.body.has("temperature")) return "E17";
  return isStrictByThinking(draft) && !isTakenWhileThinking(field, value) ? "E16" : null;
}

function isFixedValue(rule: FixedValues, field: Field, value: unknown): boolean {
  const only = fixedValue(rule, field);
  return only !== null && value === Number(only);
}

type FixedValues = Extract<Sampling, { mode: "fixed_values" }>;

const fixedValue = ({ temperature, topP, topK }: FixedValues, field: Field): string | null =>
  ({ temperature, top_p: topP, top_k: topK })[field];

/** Whether thinking was requested on a model that otherwise accepts all sampling values. */
const isStrictByThinking = (draft: Draft): boolean => draft.thinkingKind !== null && draft.thinkingKind !== "disabled";

function isTakenWhileThinking(field: Field, value: unknown): boolean {
  if (field === "temperature") return value === 1;
  return field === "top_p" && typeof value === "number" && value >= 0.95;
}

function refuseSampling({ body, can: { sampling: rule }, anthropicVersion, catalogue }: CheckedRequest): string | null {
  const given = FIELDS.filter((field) => body[field] !== undefined);
  if (given.length === 0) return null;
  const byVersion = catalogue.versionRules.find((rule) => anthropicVersion >= rule.anthropicVersionFrom);
  const first = given.find((field) => byVersion?.rejects.includes(field));
  if (first !== undefined) return `${first}: Extra inputs are not permitted`;
  if (rule.mode === "rejected") {
    const refused = given.find((field) => !(field === "temperature" && body.temperature === 1));
    return refused === undefined ? null : `\`${refused}\` is deprecated for this model.`;
  }
  if (rule.mode === "fixed_values") {
    const wrong = given.find((field) => String(body[field]) !== fixedValue(rule, field));
    return wrong === undefined ? null : `\`${wrong}\` is not configurable for this model.`;
  }
  if (given.includes("temperature") && given.includes("top_p"))
    return "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
  if (asksToThink(body) && given.includes("temperature") && body.temperature !== 1)
    return "`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking";
  return null;
}
