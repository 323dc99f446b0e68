import type { EditedField } from "#core/activity/edited-fields.ts";
import type { EditAction } from "#core/activity/recorded-edit.ts";
import type { Json } from "#core/untyped-json.ts";
import type { HazardCode } from "./code.ts";

/** A request with a hazard: what it has, what the other model answers to it, what is sent instead. */
export interface Example {
  what: string;
  /** Requested and served model, without "claude-". */
  from: string;
  to: string;
  body: Json;
  betas?: string;
  /** What the served model answers to the request with only the model replaced; null: it takes that as well. */
  refusal: RegExp | null;
  /** What is in the way of that refusal, when other hazards apply too: laid over the body first. */
  laidOver?: Json;
  /** Fields as they are sent (undefined: gone), or the hazard that leaves the request as it came. */
  sent: Json | { skip: HazardCode };
  sentBetas?: string;
  /** Changes as they are recorded, apart from the model's name. */
  edits: readonly `${HazardCode} ${EditedField} ${EditAction}`[];
  /** What the rule says besides from and to. */
  rule?: string;
  /** False: the asked model is out of service, or takes the request only in the conversation it belongs to. */
  isTakenAsAsked?: boolean;
}

// Parts of requests that several examples have.
export const gone = undefined;
export const hi = { role: "user", content: "hi" };
export const adaptive = { thinking: { type: "adaptive", display: "omitted" } };
export const off = { thinking: { type: "disabled" } };
export const manual = (budget: number) => ({ thinking: { type: "enabled", budget_tokens: budget } });
export const effort = (level: string) => ({ output_config: { effort: level } });
export const tool = { name: "f", input_schema: { type: "object" } };
export const ephemeral = { cache_control: { type: "ephemeral", ttl: "1h" } };
export const system = (more: Json = {}, block: Json = {}) => ({
  role: "system",
  content: [{ type: "text", text: "be brief", ...block }],
  ...more,
});
/** In service in tests only, to stand for the generations before 4.5. */
export const OLDER = "sonnet-4";
