import type { TimeWindow } from "../time-window.ts";
import type { ValueMatcher } from "../value-matcher.ts";

/** Table of a rules file as a condition reads it. A wrong type is reported and reads as absent. */
export interface ConditionTable {
  readonly keys: readonly string[];
  boolean(key: string): boolean | null;
  string(key: string): string | null;
  /** One text or a list of texts; an empty list when the key is absent. */
  strings(key: string): string[];
  number(key: string, bounds: { min: number; max: number; isWhole: boolean }): number | null;
  /** The table under a key; an empty one when the key is absent. `hint` completes "key is …". */
  section(key: string, hint: string): ConditionTable;
  /** Reports an error at the value of a key. */
  error(key: string, code: string, message: string, fix?: string | null): null;
  /** Reports an error at a key itself. */
  keyError(key: string, code: string, message: string): null;
}

/** What a rule says beside its `when`, for conditions that can be written in two places. */
interface ReadContext {
  /** Zone of hours that name none. */
  zone: string;
  /** Hours written as `time_window`. */
  window: TimeWindow | null;
}

/** Names that the editor of rules offers as values. */
export interface RuleNames {
  projects: readonly string[];
  teams: readonly string[];
  people: readonly string[];
  keys: readonly string[];
}

/** Key in `when` or in `[[test]]`, with the values the editor completes: names, true and false, or none. */
interface KeyCompletion {
  key: string;
  values: keyof RuleNames | "flag" | null;
}

/** How an index finds the rules whose condition a request can meet. It may find too many, never too few. */
export type IndexHint<Facts> =
  | { kind: "names"; handles: readonly NameHandle<Facts>[] }
  | { kind: "yes-no"; wanted: boolean; answer: (facts: Facts) => boolean }
  | { kind: "spans"; spans: readonly ClockSpan[]; read: (facts: Facts, clock: string) => number | null };

/** One named fact: rules are filed under the names they want, and found by those of the request. */
interface NameHandle<Facts> {
  /** Name of the fact; handles with the same slot share one index. */
  slot: string;
  matcher: ValueMatcher;
  /** Values of the request, in any letter case if the matcher folds it. */
  values: (facts: Facts) => readonly (string | null)[];
}

/** Numbers from one, inclusive, until another, exclusive. Numbers of different clocks are never compared. */
export interface ClockSpan {
  clock: string;
  from: number;
  until: number;
}

/** Field of the form "Try a request". */
export type FormField =
  | { kind: "text"; label: string; placeholder: string; maxLength: number; isCode?: true; isRare?: true }
  /** A project or team: text that the store would also accept as a label. */
  | { kind: "label"; label: string; placeholder: string }
  | { kind: "number"; label: string; placeholder: string; max: number }
  | { kind: "tick"; label: string }
  /** One of the answers to "From"; "main thread" is no condition's. */
  | { kind: "origin"; label: string }
  | { kind: "headers"; label: string; placeholder: string; hint: string };

/** How a described request (a `[[test]]` entry, the form, the API) says the fact of a condition. */
interface DescribedFact<Facts, Said, ReadsSaid = Said> {
  /** Key in `[[test]]`. */
  test: KeyCompletion;
  /** One field, by its name in the API, with its value while nothing is said. */
  none: Said;
  /** Reads the value from a `[[test]]`. */
  parse(table: ConditionTable): Said;
  /** Facts of a request that is described so. */
  facts(said: ReadsSaid): Facts;
  /** Whether the condition counts as met in a `[[test]]` that does not say it. */
  isAssumed: boolean;
  form: FormField;
}

/**
 * One condition of rules: everything the product knows about it. `When` are its fields in a rule, `Facts` those of a
 * request it depends on, `Said` its field in a described request. The last three parameters are the wider objects that
 * functions receive when all conditions are walked.
 */
export interface Condition<When, Facts, Said, ReadsWhen = When, ReadsFacts = Facts, ReadsSaid = Said> {
  name: string;
  /** Kind, for generic tests: the values it can have and what they mean. */
  kind: "names" | "headers" | "path" | "yes-no" | "hours" | "range";
  /** Keys in `when`, in the order the guide lists them. */
  keys: readonly KeyCompletion[];
  /** Values that impose nothing: null or an empty list. */
  none: When;
  /** 0 is a comparison, 1 reads a part of the body, 2 comes last of all. Cheap ones are tried first. */
  cost: 0 | 1 | 2;
  /** Reason of a request that only this condition keeps from the rule. */
  passReason: "condition" | "outside-window";
  parse(table: ConditionTable, context: ReadContext): When;
  /** Its part of the rule's id: equal for equal meanings, null or an empty list while nothing is asked. */
  idPart(when: ReadsWhen, zone: string): { readonly [Field in keyof When]: unknown };
  /**
   * Prepares the condition for decisions: whether a request meets it. A fact that is not known never does. Null when the
   * rule does not ask for it.
   */
  compile(when: ReadsWhen): ((facts: ReadsFacts) => boolean) | null;
  /** Hint for an index, of a rule that asks; null: long lists of such rules are tried one by one. */
  toIndexHint(when: ReadsWhen): IndexHint<ReadsFacts> | null;
  /** Says why a request does not meet it: "project is web, the rule asks for api". */
  explain(when: ReadsWhen, facts: ReadsFacts): string;
  /** Sentences that follow "when", each by the name under which two versions are compared. */
  describe(when: ReadsWhen): readonly (readonly [name: string, text: string])[];
  /** A few words each, for the row of a rule. */
  chips(when: ReadsWhen): readonly string[];
  /** Null: only the form's own fields say it. */
  described: DescribedFact<Facts, Said, ReadsSaid> | null;
  /** Row of the guide: "the request must …", and the values in TOML. */
  guide: { must: string; value: string };
  /** An example per key, as it stands in `when`: tests write it into rules. */
  examples: readonly string[];
}
