import type { HazardCode } from "#core/rules/hazards/code.ts";
import type { EditedField } from "./edited-fields.ts";

/**
 * Change to one part of a request for the sake of the served model. `translate`: the same said in the served model's
 * words. `clamp`: a number or level lowered to what it takes. `drop`: left out because it does not take it. `move`:
 * kept at another place of the body. `skip`: the override itself was left out because of this. `override-model`: the
 * model's name replaced, as every override does.
 */
export type EditAction = "translate" | "clamp" | "drop" | "move" | "skip" | "override-model";

/** One change made to a request, or the hazard that kept an override from being made. Names only, never a value. */
export interface RecordedEdit {
  /** The row of the hazard table; `model` for the replaced name. */
  code: HazardCode | "model";
  field: EditedField;
  action: EditAction;
}
