import type { Condition } from "./condition.ts";
import { header } from "./header.ts";
import { hours } from "./hours.ts";
import { key } from "./key.ts";
import { maxTokens } from "./max-tokens.ts";
import { path } from "./path.ts";
import { person } from "./person.ts";
import { project } from "./project.ts";
import { promptTokens } from "./prompt-tokens.ts";
import { subagent } from "./subagent.ts";
import { team } from "./team.ts";
import { thinking } from "./thinking.ts";
import { title } from "./title.ts";
import { tools } from "./tools.ts";

/** Every condition, in the order of words about a rule: what names a caller first. */
const LISTED = [
  project,
  person,
  team,
  key,
  header,
  path,
  title,
  subagent,
  hours,
  promptTokens,
  maxTokens,
  tools,
  thinking,
] as const;

type Listed = (typeof LISTED)[number];

/** Intersection of the members of a union. */
type Merged<Union> = (Union extends unknown ? (member: Union) => void : never) extends (member: infer All) => void
  ? All
  : never;

/** Fields of all conditions in a rule. */
export type ConditionFields = Merged<Listed["none"]>;
/** Facts of a request on which conditions depend. */
export type ConditionFacts = Merged<Parameters<Listed["explain"]>[1]>;
/** What a described request may say for conditions, by the names of the API. */
export type DescribedFields = Merged<NonNullable<Listed["described"]>["none"]>;

/** Any condition, for code that walks all of them. */
export type AnyCondition = Condition<
  Partial<ConditionFields>,
  Partial<ConditionFacts>,
  Partial<DescribedFields>,
  ConditionFields,
  ConditionFacts,
  DescribedFields
>;

export const CONDITIONS: readonly AnyCondition[] = LISTED;

/** The same conditions in the order in which a request is tried on them: cheap ones first. */
export const CHEAP_FIRST: readonly AnyCondition[] = [...CONDITIONS].sort((a, b) => a.cost - b.cost);

/** Collects one part of every condition into one object. `part` returns the fields of the condition it is given. */
function collect<All>(part: (condition: AnyCondition) => Partial<All>): All {
  const all: Partial<All> = {};
  for (const condition of CONDITIONS) Object.assign(all, part(condition));
  // Each field of `All` is a field of one listed condition, by the types above.
  return all as All;
}

/** Fields of a rule that asks for nothing. */
export const noConditions = (): ConditionFields => collect((condition) => condition.none);

/** Collects the fields of a rule, condition by condition. */
export const collectFields = (part: (condition: AnyCondition) => Partial<ConditionFields>): ConditionFields =>
  collect(part);

/** Collects what a rule's conditions add to its id, by field. It is null or an empty list for what is not asked. */
export const collectIdParts = (when: ConditionFields, zone: string): Record<keyof ConditionFields, unknown> =>
  collect<Record<keyof ConditionFields, unknown>>((condition) => condition.idPart(when, zone));

/** Collects what a described request says, condition by condition. */
export const collectDescribed = (
  part: (described: NonNullable<AnyCondition["described"]>) => Partial<DescribedFields>,
): DescribedFields => collect(({ described }) => (described === null ? {} : part(described)));

export const NOTHING_DESCRIBED: DescribedFields = collectDescribed(({ none }) => none);

/** Facts of a described request, apart from its time. */
export const buildFacts = (said: DescribedFields): Omit<ConditionFacts, "nowMs"> =>
  collect(({ described }) => (described === null ? {} : described.facts(said)));
