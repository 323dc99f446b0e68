import type { Usage } from "#core/costs/usage.ts";

/** How a request ended. Cancelling is not failure. */
export type Ended =
  | "complete"
  /** The upstream, or CCO itself, answered with an error (status >= 400, or an `error` event in the stream). */
  | "error"
  /** The upstream broke off in mid-answer. */
  | "truncated"
  /** The client went away first. */
  | "cancelled"
  /** The proxy process died while the request was open; written on the next start from the open record. */
  | "interrupted";

export type DecisionKind = "override" | "pass" | "skipped" | "fallback";
export type Endpoint = "messages" | "count_tokens" | "models" | "batches" | "files" | "other";
export type CacheResult = "hit" | "miss" | "bypass" | "off";
export type BillingMode = "metered" | "subscription";
/** `exact`: the provider said so. `estimated`: the answer was cut, output counted from the delivered text. `none`: no usage. */
export type UsageState = "exact" | "estimated" | "none";

/** Money of one request by token class, nano-dollars as decimal strings (they travel as JSON). Null = unpriced. */
export interface EventCosts {
  inputNanoUsd: string;
  cacheWrite5mNanoUsd: string;
  cacheWrite1hNanoUsd: string;
  cacheReadNanoUsd: string;
  outputNanoUsd: string;
  webSearchNanoUsd: string;
}

/**
 * The one record of a request. Written once when the request ends, never updated. Holds no prompt, no answer, no
 * credential: only what is named here. Instants are epoch milliseconds UTC; money is decimal strings of nano-dollars.
 */
export interface RequestEvent {
  /** Minted by the proxy before dispatch (time-ordered), so a replayed spool cannot count twice. */
  id: string;
  instanceId: string;
  /** The provider's `request-id`. */
  upstreamRequestId: string | null;
  startedAtMs: number;
  endedAtMs: number;
  /** Monotonic, never negative. */
  durationMs: number;
  /** Time to the first byte of the upstream's answer, from the start of the request. */
  ttfbMs: number | null;

  endpoint: Endpoint;
  streamed: boolean;
  /** The HTTP status the client was given; 499 when it left before there was one. */
  status: number;
  ended: Ended;
  errorType: string | null;
  stopReason: string | null;

  requestedModel: string | null;
  /** What was sent upstream. */
  servedModel: string | null;
  /** What the upstream said it was. */
  answeredModel: string | null;
  decision: DecisionKind;
  /** Reason code of the decision, e.g. `rule`, `no-rule`, `overrides-off`, `outside-window`, `hazard:E23`, `upstream_404`. */
  reason: string;
  ruleId: string | null;
  /** The version of the rule set in force, whether or not a rule matched. Null before any version exists. */
  ruleVersion: number | null;
  /** What was changed in the request for the served model, or what kept it from being served there; see `recorded-edits.ts`. Null: nothing. */
  edits: string | null;

  project: string;
  team: string | null;
  personId: string | null;
  proxyKeyId: string | null;
  sessionId: string | null;
  agentId: string | null;
  parentAgentId: string | null;
  clientName: string | null;
  clientVersion: string | null;
  billingMode: BillingMode;

  usage: Usage;
  usageState: UsageState;
  /** Which model used what, where that is not the served model alone; see `usage-parts.ts`. Null: the served model, everything. */
  usageParts: string | null;
  serviceTier: string | null;
  speed: string | null;
  inferenceGeo: string | null;

  priceVersion: string | null;
  costs: EventCosts | null;
  costNanoUsd: string | null;
  /** The requested model's price for the same work. */
  baselineNanoUsd: string | null;
  /** baseline - cost; may be negative; null when either is unknown. */
  savedNanoUsd: string | null;
  /** Cost not paid because of a response-cache hit; apart from saved. */
  avoidedNanoUsd: string;
  /** Tokenizer ratio requested/served used for the baseline, in thousandths (1000 = same tokenizer). */
  tokenizerRatioMilli: number;

  cache: CacheResult;
  cacheReason: string | null;
  requestBytes: number;
  responseBytes: number;
}
