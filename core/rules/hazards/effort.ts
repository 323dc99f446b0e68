import type { Capabilities } from "#core/costs/catalogue.ts";
import { record, text } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import type { Draft } from "../adapt/draft.ts";
import type { HazardCode } from "./code.ts";
import { effort as asking, gone, off } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

// One file for four codes: one level is sent, and the code names what decided it.
const E6 = defineCode({
  code: "E6",
  words: "effort too high while thinking is off",
  field: "output_config.effort",
  actions: ["clamp"],
});
const E9 = defineCode({ code: "E9", words: "effort", field: "output_config.effort", actions: ["drop", "skip"] });
const E10 = defineCode({
  code: "E10",
  words: "effort xhigh",
  field: "output_config.effort",
  actions: ["clamp", "skip"],
});
const E11 = defineCode({ code: "E11", words: "effort max", field: "output_config.effort", actions: ["clamp"] });

const LEVELS = ["low", "medium", "high", "xhigh", "max"];
const BETA = "effort";

interface Found {
  effort: string;
  /** Null: as requested. */
  code: HazardCode | null;
}

/** Decides the effort, which also depends on the kind of thinking (E5, E6). With E4 and E7 the lowest effort wins. */
export const effort = defineHazard({
  codes: [E6, E9, E10, E11],
  step: {
    of: "settings",
    run(draft) {
      const { can, outputConfig, served, leastEffort } = draft;
      const isGiven = outputConfig?.has("effort") === true;
      const asked = outputConfig?.text("effort") ?? null;
      if (isGiven && !LEVELS.includes(asked ?? ""))
        return skip("E10", `whether ${served} takes this effort is not known`);
      if (asked === null && leastEffort === null) return null;
      if (can === null) return skip("E9", `whether ${served} takes an effort is not known`);
      if (can.effort.length === 0) {
        leaveOut(draft);
        return null;
      }
      const wanted: Found =
        leastEffort === null ? { effort: asked ?? "", code: null } : { effort: "low", code: leastEffort };
      write(draft, asked, limited(accepted(wanted, can), draft.thinkingKind, can));
      return null;
    },
  },
  inside: null,
  betas: [{ names: [BETA], isUnused: (can) => can.effort.length === 0 }],
  refusals: [
    {
      at: "effort",
      refuse({ body, can }) {
        const asked = record(body.output_config).effort;
        if (asked === undefined) return null;
        if (can.effort.length === 0) return "This model does not support the effort parameter.";
        if (!can.effort.includes(text(asked)))
          return `output_config.effort: "${asked}" is not supported by this model. Supported values: ${can.effort.join(", ")}`;
        const kind = text(record(body.thinking).type);
        const most = highestEffort(kind, can);
        if (most === null || LEVELS.indexOf(text(asked)) <= LEVELS.indexOf(most)) return null;
        return `"thinking.type.${kind}" is not supported with effort "${asked}" on this model.`;
      },
    },
  ],
  examples: () => ({
    E6: [
      {
        what: "effort goes down where thinking may not be off above it",
        from: "opus-4-8",
        to: "haiku-5-5",
        body: { ...off, ...asking("xhigh") },
        refusal: /not supported with effort "xhigh"/,
        sent: asking("high"),
        edits: ["E6 output_config.effort clamp"],
      },
    ],
    E9: [
      {
        what: "effort is left out, with its beta and an object left empty",
        from: "opus-4-5",
        to: "haiku-4-5",
        body: asking("high"),
        betas: "claude-code-20250219,effort-2025-11-24",
        refusal: /does not support the effort parameter/,
        sent: { output_config: gone },
        sentBetas: "claude-code-20250219",
        edits: ["E9 output_config.effort drop", "E35 anthropic-beta drop"],
      },
    ],
    E10: [
      {
        what: "xhigh becomes high",
        from: "opus-4-8",
        to: "sonnet-4-6",
        body: asking("xhigh"),
        refusal: /"xhigh" is not supported/,
        sent: asking("high"),
        edits: ["E10 output_config.effort clamp"],
      },
    ],
    E11: [
      {
        what: "max becomes high",
        from: "opus-5-5",
        to: "opus-4-5",
        body: asking("max"),
        refusal: /"max" is not supported/,
        sent: asking("high"),
        edits: ["E11 output_config.effort clamp"],
      },
    ],
  }),
});

/** Finds the highest accepted level that is not above the requested one. */
function accepted(wanted: Found, can: Capabilities): Found {
  if (can.effort.includes(wanted.effort)) return wanted;
  const lower = LEVELS.slice(0, LEVELS.indexOf(wanted.effort)).findLast((level) => can.effort.includes(level));
  return { effort: lower ?? can.effort[0] ?? wanted.effort, code: wanted.effort === "max" ? "E11" : "E10" };
}

function limited(found: Found, kind: string | null, can: Capabilities): Found {
  const most = highestEffort(kind, can);
  if (most === null || LEVELS.indexOf(found.effort) <= LEVELS.indexOf(most)) return found;
  return { effort: most, code: kind === "disabled" ? "E6" : "E5" };
}

/** Returns the highest effort with which a model takes this kind of thinking; null without such a limit. */
function highestEffort(kind: string | null, can: Capabilities): string | null {
  if (kind === "disabled") return can.thinkingDisabledMaxEffort;
  return kind === "between_tools" ? can.betweenToolsMaxEffort : null;
}

function leaveOut(draft: Draft): void {
  if (!draft.outputConfig?.has("effort")) return;
  draft.outputConfig.remove("effort", "E9", `${draft.served} takes no effort`);
  draft.note(E9, "drop", "effort left out");
  draft.droppedBetas.add(BETA);
}

function write(draft: Draft, asked: string | null, { effort, code }: Found): void {
  if (code === null || effort === asked) return;
  const why = `effort ${asked ?? "default"} → ${effort}`;
  draft.note({ code, field: "output_config.effort" }, "clamp", why);
  if (draft.outputConfig !== null) draft.outputConfig.set("effort", effort, code, why);
  else draft.body.set("output_config", { effort }, code, why);
}
