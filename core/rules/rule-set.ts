import { type ConditionFields, type DescribedFields, noConditions } from "./conditions/registry.ts";

/** Form of a rule in the file: a `[[rule]]` table, an entry of `[per_model_rules]`, or a pair of `rules`. */
export type RuleForm = "rule" | "per-model" | "pair";

/** Scope in which stored responses are shared: the same caller, or all proxy keys of the same project. */
export type CacheSharing = "caller" | "project";

/** Behaviour when the served model refuses (or is overloaded): return to the requested model, or not. */
export type FallbackMode = "on-refusal" | "on-overload" | "never";

/** Behaviour for a field the served model does not accept: drop it, or keep the requested model. */
export type FieldWish = "drop" | "skip";

/** Conditions of a rule besides the model: the fields of `conditions/`. Empty lists and nulls impose nothing. */
export interface RuleConditions extends ConditionFields {}

/**
 * One override rule. `id` depends on the rule's meaning, not on its form, position, share or note, so that it
 * survives reordering and a change of percentage.
 */
export interface Rule {
  id: string;
  form: RuleForm;
  /** 1-based line in the file. */
  line: number;
  /** Id as written, alias, family word or glob. */
  from: string;
  to: string;
  note: string | null;
  enabled: boolean;
  /** Share of sessions, 0-100, with up to two decimals. */
  percentage: number;
  when: RuleConditions;
  fallback: FallbackMode;
  /** Whether responses may come from the response cache although they would vary between calls. */
  cache: boolean;
  /** `drop` weakens what the person relies on in auto and plan mode: only on an admin's explicit instruction. */
  safeguards: FieldWish;
  fastMode: FieldWish;
}

/** A `[[test]]` entry: a request as `conditions/` describe it, and the served model that it must get. */
export interface RuleTest extends DescribedFields {
  line: number;
  model: string;
  expect: string;
}

/** A whole rules file as values. */
export interface RuleSet {
  enabled: boolean;
  /** In evaluation order: `[[rule]]`, `[per_model_rules]`, pairs. */
  rules: readonly Rule[];
  analytics: { logOverrides: boolean; trackStatistics: boolean; reportFormat: "json" | "text" | "silent" };
  cache: { enabled: boolean; maxMb: number; ttlSeconds: number; scope: CacheSharing };
  tests: readonly RuleTest[];
}

/** Problem in a rules file. Lines and columns are 1-based; the end column is exclusive. */
export interface Problem {
  severity: "error" | "warning";
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  /** Stable, for code that treats some problems differently: `retired-target`, `unknown-key` … */
  code: string;
  message: string;
  /** Replacement text, when it is known. */
  fix: string | null;
}

/** Conditions that every request meets. */
export const NO_CONDITIONS: RuleConditions = noConditions();

/** Meaning of an empty file: overrides on, no rules, statistics kept, response cache on as it always was. */
export const EMPTY_RULE_SET: RuleSet = {
  enabled: true,
  rules: [],
  analytics: { logOverrides: true, trackStatistics: true, reportFormat: "json" },
  cache: { enabled: true, maxMb: 256, ttlSeconds: 300, scope: "caller" },
  tests: [],
};
