import { text } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import type { Example } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E27 = defineCode({
  code: "E27",
  words: "fields bound to the requested model",
  field: "thread, fallback_credit_token",
  actions: ["skip"],
});

const example = (field: string): Example => ({
  what: `${field} keeps the model it is bound to`,
  from: "opus-5-5",
  to: "haiku-5-5",
  body: { [field]: "of claude-opus-5-5" },
  refusal: /request fingerprint mismatch/,
  sent: { skip: "E27" },
  edits: ["E27 thread, fallback_credit_token skip"],
});

/** Fields that must reach the requested model unchanged. */
export const boundFields = defineHazard({
  codes: [E27],
  step: {
    of: "settings",
    run({ body }) {
      const bound = ["thread", "fallback_credit_token"].find((name) => body.has(name));
      return bound === undefined ? null : skip("E27", `${bound} is bound to the requested model`);
    },
  },
  inside: null,
  betas: [],
  refusals: [
    {
      at: "bound field",
      refuse({ body, model }) {
        for (const bound of ["fallback_credit_token", "thread"]) {
          const value = text(body[bound]) || JSON.stringify(body[bound] ?? "");
          const owner = /claude-[a-z0-9-]+/.exec(value)?.[0];
          if (owner !== undefined && owner !== model.id) return `${bound}: request fingerprint mismatch`;
        }
        return null;
      },
    },
  ],
  examples: () => ({ E27: [example("thread"), example("fallback_credit_token")] }),
});
