import type { EditedField } from "#core/activity/edited-fields.ts";
import type { EditAction } from "#core/activity/recorded-edit.ts";
import type { Capabilities } from "#core/costs/catalogue.ts";
import type { AdaptInput, Change, Skip } from "../adapt/adaptation.ts";
import type { Draft } from "../adapt/draft.ts";
import type { Rewrite } from "../adapt/rewrite.ts";
import type { HazardCode } from "./code.ts";
import type { Example } from "./example.ts";
import type { Refusal } from "./refusal.ts";

/** One code of a hazard, with what people and records call it. */
export interface CodeEntry<Code extends HazardCode = HazardCode> {
  code: Code;
  /** What it is, in words that complete "because of …". Stable, as the code is. */
  words: string;
  /** Field of a request in which it lies: where a skip is recorded, and most changes. */
  field: EditedField;
  /** What may be recorded under the code. */
  actions: readonly [EditAction, ...EditAction[]];
}

/** Betas to be sent, in the same order as they came, and the notes about the others. */
export interface SortedBetas {
  kept: readonly string[];
  notes: readonly Change[];
}

/**
 * What the adaptation does. It reads the request and writes the necessary changes; a skip ends the evaluation. What is
 * not known counts as not accepted.
 */
type HazardStep =
  /** About everything except the conversation and the betas. */
  | { of: "settings"; run: (draft: Draft) => Skip | null }
  /** About messages that are more than a turn of the user or the model; runs only where there are any. */
  | { of: "conversation"; run: (rewrite: Rewrite) => Skip | null }
  /** About the header. `unused` are features to leave out, without their dates; the window is the served model's. */
  | { of: "betas"; run: (betas: readonly string[], unused: readonly string[], window: number | null) => SortedBetas };

/** Betas that have no use for a model without the feature. Other betas pass, because the client defines the list. */
interface FeatureBetas {
  /** Names without their dates. */
  names: readonly string[];
  isUnused: (can: Capabilities, input: AdaptInput) => boolean;
}

/** One hazard: a part of a request that the requested model takes and the served one refuses. */
export interface Hazard<Code extends HazardCode = HazardCode> {
  codes: readonly CodeEntry<Code>[];
  step: HazardStep;
  /**
   * What it depends on inside of messages and tools: the capabilities that decide, and the members of tools. Where two
   * models agree in all of these, messages and tools stay unread. Null: on neither.
   */
  inside: { capabilities: readonly (keyof Capabilities)[]; toolMembers: readonly string[] } | null;
  betas: readonly FeatureBetas[];
  /** What a model that does not take it answers; or why no model refuses it. */
  refusals: readonly [Refusal, ...Refusal[]] | { none: string };
  /** At least one request for each code. A function, because only tests call it and some requests are megabytes. */
  examples: () => { readonly [Each in NoInfer<Code>]: readonly [Example, ...Example[]] };
}

/** Gives an entry the type of its code, by which the registry knows that the code has a hazard. */
export const defineCode = <Code extends HazardCode>(entry: CodeEntry<Code>): CodeEntry<Code> => entry;

/** Gives a hazard the type of its codes, so that an example is demanded for each. */
export const defineHazard = <Code extends HazardCode>(hazard: Hazard<Code>): Hazard<Code> => hazard;
