import type { RecordedEdit } from "#core/activity/recorded-edit.ts";
import type { Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import type { Edit } from "#core/protocol/splice.ts";
import type { Rule } from "#core/rules/rule-set.ts";
import type { HazardCode } from "../hazards/code.ts";

/** Options by which a rule chooses between dropping a field and keeping the model. */
export type RuleOptions = Pick<Rule, "safeguards" | "fastMode">;

export const DEFAULT_OPTIONS: RuleOptions = { safeguards: "skip", fastMode: "drop" };

export interface AdaptInput {
  bytes: Uint8Array;
  index: BodyIndex;
  headers: { anthropicVersion: string | null; betas: readonly string[] };
  /** Null when the catalogue does not contain the requested name. */
  requested: ModelEntry | null;
  target: ModelEntry;
  catalogue: Catalogue;
  /** Tokens of the prompt when they are known well enough; null: estimated from the bytes, pictures apart. */
  promptTokensEstimate: number | null;
  /** Tokens estimated from the served model's count of the session's last prompt; for a prompt near the limit. */
  promptTokensSinceLast?: number | null;
  /** Default: as without a rule. */
  options?: RuleOptions;
  endpoint: "messages" | "count_tokens";
  /** UTC day, for features that end on one; default: the day the catalogue describes. */
  today?: string;
}

/** A span of the original body and its replacement; every override makes the edit `model`. */
export interface AdaptEdit extends Edit {
  code: HazardCode | "model";
}

/**
 * One change made for the served model, as recorded and in words for people. Never contains anything of the request
 * itself.
 */
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
      /** Betas to send: as requested, in the same order, without those of dropped features. */
      betas: readonly string[];
      changes: readonly Change[];
    }
  | Skip;

export const skip = (code: HazardCode, reason: string): Skip => ({ kind: "skip", code, reason });
