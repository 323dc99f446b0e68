import type { Capabilities } from "#core/costs/catalogue.ts";
import { skip } from "./adaptation.ts";
import type { Draft, Step } from "./draft.ts";
import type { HazardCode } from "./hazards.ts";

const LEVELS = ["low", "medium", "high", "xhigh", "max"];

interface Found {
  effort: string;
  /** Null: as requested. */
  code: HazardCode | null;
}

/** E9, E10, E11; then E5 and E6, which depend on the kind of thinking; with E4 and E7 the lowest effort wins. */
export const effort: Step = (draft) => {
  const { can, outputConfig, served, leastEffort } = draft;
  const isGiven = outputConfig?.has("effort") === true;
  const asked = outputConfig?.text("effort") ?? null;
  if (isGiven && !LEVELS.includes(asked ?? "")) return skip("E10", `whether ${served} takes this effort is not known`);
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
};

/** Finds the highest accepted level that is not above the requested one. */
function accepted(wanted: Found, can: Capabilities): Found {
  if (can.effort.includes(wanted.effort)) return wanted;
  const lower = LEVELS.slice(0, LEVELS.indexOf(wanted.effort)).findLast((level) => can.effort.includes(level));
  return { effort: lower ?? can.effort[0] ?? wanted.effort, code: wanted.effort === "max" ? "E11" : "E10" };
}

function limited(found: Found, kind: string | null, can: Capabilities): Found {
  const most =
    kind === "disabled" ? can.thinkingDisabledMaxEffort : kind === "between_tools" ? can.betweenToolsMaxEffort : null;
  if (most === null || LEVELS.indexOf(found.effort) <= LEVELS.indexOf(most)) return found;
  return { effort: most, code: kind === "disabled" ? "E6" : "E5" };
}

function leaveOut(draft: Draft): void {
  if (!draft.outputConfig?.has("effort")) return;
  draft.outputConfig.remove("effort", "E9", `${draft.served} takes no effort`);
  draft.note("E9", "drop", "effort left out");
  draft.droppedBetas.add("effort");
}

function write(draft: Draft, asked: string | null, { effort, code }: Found): void {
  if (code === null || effort === asked) return;
  const why = `effort ${asked ?? "default"} → ${effort}`;
  draft.note(code, "clamp", why, "output_config.effort");
  if (draft.outputConfig !== null) draft.outputConfig.set("effort", effort, code, why);
  else draft.body.set("output_config", { effort }, code, why);
}
