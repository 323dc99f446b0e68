import type { ConditionFacts } from "./conditions/registry.ts";

/** Facts of one request that a rule may depend on: its model, its session, and what `conditions/` ask about. */
export interface DecideInput extends ConditionFacts {
  model: string;
  /** Key shared by the requests of one session; null without a session. */
  sessionKey: string | null;
}
