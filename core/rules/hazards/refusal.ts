import type { Capabilities, Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import { type Json, record, text } from "#core/untyped-json.ts";

/** A request as the provider checks it for one model. */
export interface CheckedRequest {
  body: Json;
  /** Whether the bytes of the body contain a text. */
  contains: (text: string) => boolean;
  anthropicVersion: string;
  model: ModelEntry;
  can: Capabilities;
  promptTokens: number;
  catalogue: Catalogue;
  /** Counting tokens asks for the shape of a request, not for room for an answer. */
  isCount: boolean;
}

/**
 * Parts of a request in the order in which the provider checks them; the first refusal is the answer. Refusals of the same
 * part come in the order of the registry.
 */
export const CHECK_ORDER = [
  "each message",
  "thinking",
  "effort",
  "output_config",
  "sampling",
  "last message",
  "tool_choice",
  "safeguards",
  "fallbacks",
  "field",
  "bound field",
  "each tool",
  "tool references",
  "context_management",
  "pictures",
  "max_tokens",
  "prompt",
] as const;

type CheckedPart = (typeof CHECK_ORDER)[number];
type CheckedElement = Extract<CheckedPart, `each ${string}`>;

/** One check: the message of the refusal, in the provider's words; null where the model takes the request. */
export type Refusal =
  | { at: Exclude<CheckedPart, CheckedElement>; refuse: (request: CheckedRequest) => string | null }
  /** `path` is the element's, such as "tools.0". */
  | { at: CheckedElement; refuse: (element: Json, path: string, request: CheckedRequest) => string | null };

/** Whether a body names a kind of thinking other than off; some models think without one as well. */
export const asksToThink = (body: Json): boolean => !["", "disabled"].includes(text(record(body.thinking).type));
