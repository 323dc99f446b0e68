/**
 * `ok`: the key works. `no-key`: the provider answers, and callers bring their own credential. `key-refused`: it does not
 * take the key. `refused`: it takes the key and refuses the request. `unreachable`: no answer at all.
 */
export type CheckOutcome = "ok" | "no-key" | "key-refused" | "refused" | "unreachable";

/** What one call with one output token has shown. The key is not in it, nor any part of it. */
export interface ProviderCheck {
  outcome: CheckOutcome;
  checkedAtMs: number;
  /** Where the request went. */
  address: string;
  model: string;
  /** Why there was no answer; null when there was one. */
  problem: string | null;
  /** The provider's list of models; null when it was not read. */
  models: { count: number; unpriced: readonly string[]; ms: number } | null;
  /** Answer to the request with one output token; without a key, answer to the request for the models. */
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
  /** How far this machine's clock is ahead of the provider's; whole seconds are all the provider says. */
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

/** As it was written down; null for none. */
export function readProviderCheckState(text: string | null): ProviderCheckState | null {
  try {
    const state = JSON.parse(text ?? "null") as ProviderCheckState | null;
    return typeof state?.id === "string" && typeof state.askedAtMs === "number" ? state : null;
  } catch {
    return null;
  }
}
