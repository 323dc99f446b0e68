/** Form of a rule in the file: a `[[rule]]` table, an entry of `[per_model_rules]`, or a pair of `rules`. */
export type RuleForm = "rule" | "per-model" | "pair";

/** Scope in which stored responses are shared: the same caller, or all proxy keys of the same project. */
export type CacheSharing = "caller" | "project";

/** Behaviour when the served model refuses (or is overloaded): return to the requested model, or not. */
export type FallbackMode = "on-refusal" | "on-overload" | "never";

/** Behaviour for a field the served model does not accept: drop it, or keep the requested model. */
export type FieldWish = "drop" | "skip";

/**
 * Weekly span of wall-clock time in one zone. Half-open; `toMinute <= fromMinute` runs past midnight and belongs to
 * the day it began.
 */
export interface TimeWindow {
  /** Monday to Sunday, always seven. */
  days: readonly boolean[];
  /** Minutes after midnight, 0-1439. */
  fromMinute: number;
  /** Minutes after midnight, 1-1440, exclusive. */
  toMinute: number;
  /** IANA name. A named window without an explicit zone takes the reporting zone. */
  zone: string;
  /**
   * One of the named windows of `time-window.ts`; `off_hours` means everything outside the days and minutes given
   * here.
   */
  name: string | null;
}

/** Header a request must carry, with one of these values. The name is in lower case; values may be patterns. */
export interface HeaderCondition {
  name: string;
  values: readonly string[];
}

/** Conditions of a rule besides the model. Empty lists and nulls impose nothing. */
export interface RuleConditions {
  project: readonly string[];
  /** Ids or e-mail addresses. */
  person: readonly string[];
  team: readonly string[];
  /** Proxy keys, by id or name. */
  key: readonly string[];
  /** All of them must be met. */
  header: readonly HeaderCondition[];
  /** Prefixes of the path as received, in whole segments, without a slash at the end. */
  pathPrefix: readonly string[];
  subagent: boolean | null;
  /** A small question with a fixed format of response, such as a session title. */
  titleLike: boolean | null;
  hours: TimeWindow | null;
  /** Inclusive bounds. */
  minPromptTokens: number | null;
  maxPromptTokens: number | null;
  hasTools: boolean | null;
  hasThinking: boolean | null;
}

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

/** A `[[test]]` entry: the served model that such a request must get. */
export interface RuleTest {
  line: number;
  model: string;
  project: string | null;
  person: string | null;
  team: string | null;
  key: string | null;
  /** By name in lower case. */
  header: Readonly<Record<string, string>>;
  path: string | null;
  subagent: boolean | null;
  titleLike: boolean | null;
  promptTokens: number | null;
  hasTools: boolean | null;
  hasThinking: boolean | null;
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
export const NO_CONDITIONS: RuleConditions = {
  project: [],
  person: [],
  team: [],
  key: [],
  header: [],
  pathPrefix: [],
  subagent: null,
  titleLike: null,
  hours: null,
  minPromptTokens: null,
  maxPromptTokens: null,
  hasTools: null,
  hasThinking: null,
};

/** Meaning of an empty file: overrides on, no rules, statistics kept, response cache on as it always was. */
export const EMPTY_RULE_SET: RuleSet = {
  enabled: true,
  rules: [],
  analytics: { logOverrides: true, trackStatistics: true, reportFormat: "json" },
  cache: { enabled: true, maxMb: 256, ttlSeconds: 300, scope: "caller" },
  tests: [],
};
