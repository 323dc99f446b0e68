import type { EditAction } from "#core/activity/recorded-edits.ts";
import type { Capabilities } from "#core/costs/catalogue.ts";
import type { AdaptEdit, AdaptInput, Change } from "./adaptation.ts";
import { HAZARD_FIELDS, type HazardCode } from "./hazards.ts";
import type { Conversation } from "./read-messages.ts";

/** One request on its way to another model, as far as its conversation goes: what it says, and what has been decided so far. */
export class Rewrite {
  readonly edits: AdaptEdit[] = [];
  readonly changes: Change[];
  /** Names of betas, without their dates, whose feature was left out. */
  readonly droppedBetas: Set<string>;

  /** `before`: what was decided about everything else. */
  constructor(
    readonly input: AdaptInput,
    readonly conversation: Conversation,
    before: { changes: readonly Change[]; droppedBetas: Iterable<string> } = { changes: [], droppedBetas: [] },
  ) {
    this.changes = [...before.changes];
    this.droppedBetas = new Set(before.droppedBetas);
  }

  /** What the served model takes. Null: nothing is known, so whatever is used is not accepted. */
  get can(): Capabilities | null {
    return this.input.target.capabilities;
  }

  /** The served model, as sentences call it. */
  get served(): string {
    return this.input.target.id;
  }

  note(code: HazardCode, action: EditAction, text: string, field = HAZARD_FIELDS[code]): void {
    this.changes.push({ code, field, action, text });
  }
}
