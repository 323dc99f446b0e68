import type { CompiledRules } from "./compile.ts";
import type { FallbackMode } from "./rule-set.ts";

/** The facts of one request that a rule may ask about. */
export interface DecideInput {
  model: string;
  project: string;
  /** Id or e-mail address: a rule may name either. */
  person: string | null;
  personEmail: string | null;
  team: string | null;
  /** What holds the requests of one session together; null when nothing does. */
  sessionKey: string | null;
  /** Null on the main thread of a session. */
  agentId: string | null;
  promptTokens: number | null;
  hasTools: boolean;
  hasThinking: boolean;
  nowMs: number;
}

export type PassReason = "overrides-off" | "no-rule" | "outside-window" | "outside-share" | "condition" | "same-model";

/** Which model serves a request, and always why. A pass names the first rule that was about this model, if any was. */
export type Decision =
  | {
      kind: "override";
      requested: string;
      served: string;
      ruleId: string;
      line: number;
      version: number | null;
      fallback: FallbackMode;
      why: "rule";
    }
  | { kind: "pass"; requested: string; why: PassReason; ruleId: string | null; version: number | null };

/** One rule as it was tried, in order, down to the one that matched. */
export interface TraceStep {
  ruleId: string;
  line: number;
  from: string;
  to: string;
  note: string | null;
  outcome: "matched" | "disabled" | "other-model" | "outside-window" | "outside-share" | "condition";
  detail: string;
}

export interface Explanation {
  decision: Decision;
  trace: TraceStep[];
  sentence: string;
}

export function decide(_compiled: CompiledRules, version: number | null, input: DecideInput): Decision {
  return { kind: "pass", requested: input.model, why: "no-rule", ruleId: null, version };
}

export function explain(compiled: CompiledRules, version: number | null, input: DecideInput): Explanation {
  return { decision: decide(compiled, version, input), trace: [], sentence: "" };
}
