/**
 * Outcome of a provider check. `ok`: the key works. `no-key`: the provider answers, and callers bring their own
 * credential. `key-refused`: it does not accept the key. `refused`: it accepts the key and refuses the request.
 * `unreachable`: no response at all.
 */
export type CheckOutcome = "ok" | "no-key" | "key-refused" | "refused" | "unreachable";

/** Result of one call with one output token. Never contains the key, nor any part of it. */
export interface ProviderCheck {
  outcome: CheckOutcome;
  checkedAtMs: number;
  /** Address the request was sent to. */
  address: string;
  model: string;
  /** Reason for a missing response; null when there was one. */
  problem: string | null;
  /** Provider's list of models; null when it was not read. */
  models: { count: number; unpriced: readonly string[]; ms: number } | null;
  /** Response to the request with one output token; without a key, response to the request for the models. */
  answer: {
    status: number;
    ms: number;
    requestId: string | null;
    errorType: string | null;
    errorText: string | null;
    inputTokens: number | null;
    outputTokens: number | null;
  } | null;
  limit: { perMinute: number; left: number } | null;
  /** Lead of this machine's clock over the provider's; the provider's header has whole seconds only. */
  clockAheadMs: number | null;
}

interface Asked {
  id: string;
  askedAtMs: number;
}

export type ProviderCheckState =
  | (Asked & { state: "asked" })
  | (Asked & { state: "under-way"; instanceId: string })
  | (Asked & { state: "done"; result: ProviderCheck });

/** Parses a stored check; null for none. */
export function readProviderCheckState(text: string | null): ProviderCheckState | null {
  try {
    const state = JSON.parse(text ?? "null") as ProviderCheckState | null;
    return typeof state?.id === "string" && typeof state.askedAtMs === "number" ? state : null;
  } catch {
    return null;
  }
}
