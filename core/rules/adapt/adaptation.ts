import type { RecordedEdit } from "#core/activity/recorded-edits.ts";
import type { Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import type { Edit } from "#core/protocol/splice.ts";
import type { Rule } from "#core/rules/rule-set.ts";
import type { HazardCode } from "./hazards.ts";

/** Where a rule may choose between leaving out and keeping the model. */
export type RuleOptions = Pick<Rule, "safeguards" | "fastMode">;

export const DEFAULT_OPTIONS: RuleOptions = { safeguards: "skip", fastMode: "drop" };

export interface AdaptInput {
  bytes: Uint8Array;
  index: BodyIndex;
  headers: { anthropicVersion: string | null; betas: readonly string[] };
  /** Null when the asked name is in no catalogue. */
  requested: ModelEntry | null;
  target: ModelEntry;
  catalogue: Catalogue;
  /** Tokens of the prompt when they are known well enough; null: estimated from the bytes, pictures apart. */
  promptTokensEstimate: number | null;
  /** Tokens by what the served model counted for the session's last prompt; for a prompt that needs a closer look. */
  promptTokensSinceLast?: number | null;
  /** Left out: as without a rule. */
  options?: RuleOptions;
  endpoint: "messages" | "count_tokens";
  /** The UTC day, for features that end on one; left out: the day the catalogue describes. */
  today?: string;
}

/** A span of the original body and what stands there instead; `model` is the edit every override makes. */
export interface AdaptEdit extends Edit {
  code: HazardCode | "model";
}

/** One thing that was changed for the served model, as it is recorded and in words for people. Never holds anything of the request itself. */
export interface Change extends RecordedEdit {
  code: HazardCode;
  text: string;
}

/** The override is not applied: the request keeps its model. */
export interface Skip {
  kind: "skip";
  code: HazardCode;
  reason: string;
}

export type Adaptation =
  | {
      kind: "adapted";
      /** In order, not overlapping. */
      edits: readonly AdaptEdit[];
      /** The betas to send: as asked, in the same order, without those of features that were left out. */
      betas: readonly string[];
      changes: readonly Change[];
    }
  | Skip;

export const skip = (code: HazardCode, reason: string): Skip => ({ kind: "skip", code, reason });
