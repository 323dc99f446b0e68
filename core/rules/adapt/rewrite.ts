import type { EditAction } from "#core/activity/recorded-edit.ts";
import type { Capabilities } from "#core/costs/catalogue.ts";
import type { AdaptEdit, AdaptInput, Change } from "./adaptation.ts";
import type { Conversation } from "./read-messages.ts";

/** Adaptation of one request's conversation: the request, and the decisions so far. */
export class Rewrite {
  readonly edits: AdaptEdit[] = [];
  readonly changes: Change[];
  /** Names of betas, without their dates, whose feature was dropped. */
  readonly droppedBetas: Set<string>;

  /** `before`: the decisions about everything else. */
  constructor(
    readonly input: AdaptInput,
    readonly conversation: Conversation,
    before: { changes: readonly Change[]; droppedBetas: Iterable<string> } = { changes: [], droppedBetas: [] },
  ) {
    this.changes = [...before.changes];
    this.droppedBetas = new Set(before.droppedBetas);
  }

  /** Capabilities of the served model. Null: unknown, so every feature in use counts as not accepted. */
  get can(): Capabilities | null {
    return this.input.target.capabilities;
  }

  /** Name of the served model in sentences. */
  get served(): string {
    return this.input.target.id;
  }

  /** Notes a change for people and for the record. */
  note({ code, field }: Pick<Change, "code" | "field">, action: EditAction, text: string): void {
    this.changes.push({ code, field, action, text });
  }
}
