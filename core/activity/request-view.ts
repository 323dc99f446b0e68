import type { ChartSeries, RangeView, Tier } from "#core/costs/chart-series.ts";
import type { EventCosts } from "./event-schema.ts";
import type { RequestEvent } from "./request-event.ts";
import type { AgentNode, SessionFigures } from "./session.ts";

/** One request as the list shows it: no prompt, no answer, nothing the record does not hold. */
export interface RequestRow {
  id: string;
  startedAtMs: number;
  endedAtMs: number;
  endpoint: RequestEvent["endpoint"];
  project: string;
  /** Who asked: the person, else the proxy key's name. Null: neither is known. */
  caller: string | null;
  isSubAgent: boolean;
  requested: string | null;
  served: string | null;
  requestedTier: Tier;
  servedTier: Tier;
  decision: RequestEvent["decision"];
  /** Rule that decided; null where none did. */
  ruleId: string | null;
  ended: RequestEvent["ended"];
  status: number;
  errorType: string | null;
  cache: RequestEvent["cache"];
  promptTokens: number;
  outputTokens: number;
  /** Null: unpriced, or nothing was used (`usageState` says which). */
  costNanoUsd: string | null;
  /** Payable amounts, as Costs sums them: zero of subscription traffic. Null: not known. */
  savedNanoUsd: string | null;
  avoidedNanoUsd: string;
  usageState: RequestEvent["usageState"];
  isPlan: boolean;
  durationMs: number;
  sessionId: string | null;
}

/** Whether a request is known to have used nothing, so that it has no cost to know. What was interrupted may have used much. */
export const isKnownUnused = ({
  costNanoUsd,
  usageState,
  ended,
}: Pick<RequestRow, "costNanoUsd" | "usageState" | "ended">): boolean =>
  costNanoUsd === null && usageState === "none" && ended !== "interrupted";

export interface RequestPage {
  range: RangeView;
  /** When it was read, by the server's clock: Live goes on from here. */
  asOfMs: number;
  rows: RequestRow[];
  /** Pass as `after` to get the next page; null on the last one. */
  next: string | null;
  /** `empty`: this actor has no request at all. `nothing`: none in this range, or none that the filter leaves. */
  state: "ok" | "nothing" | "empty";
  /** First UTC day of which nothing is archived, where the range begins before it: older requests are in the archive. */
  archivedBefore: string | null;
  /** The actor sees their own requests only. */
  isOwn: boolean;
}

export interface ActivitySeries {
  range: RangeView;
  /** Null for one session, of which no rollup knows. */
  series: ChartSeries | null;
}

/** What ended since the last look. */
export interface LiveRequests {
  /** Oldest end first. */
  rows: RequestRow[];
  /** Hand this in as `since` next time. */
  until: number;
  /** More ended than were read; the oldest of them are left out. */
  isCut: boolean;
}

/** Everything that is known of one request. */
export interface RequestDetail {
  row: RequestRow;
  /** The record as it was written. */
  event: RequestEvent;
  person: { id: string; name: string } | null;
  proxyKey: { id: string; name: string } | null;
  answeredTier: Tier;
  /** Why this model served it. */
  why: string;
  /** Why a session stands by an earlier decision; null where that is not the reason. */
  pinned: string | null;
  /** In which group of the rule's share the session was; null where no share was asked. */
  share: string | null;
  rule: { id: string; place: number; line: number; version: number } | null;
  edits: { code: string; sentence: string }[];
  ending: string;
  /** Why the response cache was not asked; null when it was, or is off. */
  cacheWhy: string | null;
  /** The baseline by token class; null when its sum cannot be taken apart exactly any more. */
  baselineCosts: EventCosts | null;
  /** Who used what, where it was not the served model alone; empty for nearly every request. */
  bill: BilledPart[];
  /** The same tokens by list prices. Null where no own prices were in force, or the list has no price. */
  listCostNanoUsd: string | null;
  /** Model whose price is missing, for a reader who may add it; else null. */
  addPriceOf: string | null;
}

/** One model's share of a request's bill. */
export interface BilledPart {
  /** The provider's word for it; see `UsagePart`. */
  kind: string;
  model: string;
  promptTokens: number;
  outputTokens: number;
  /** Null: unpriced, or the parts do not add up to the recorded cost by the prices of today. */
  costNanoUsd: string | null;
}

export interface SessionRow {
  id: string;
  project: string;
  caller: string | null;
  figures: SessionFigures;
  root: AgentNode;
}

export interface SessionPage {
  range: RangeView;
  rows: SessionRow[];
  next: string | null;
  /** As of a `RequestPage`: figures of a session are of its requests since then. */
  archivedBefore: string | null;
  isOwn: boolean;
  /** Price ranks of the models the rows name. */
  tiers: Record<string, Tier>;
}

/** What the filters of a range can offer. */
export interface ActivityFacets {
  project: string[];
  requested: string[];
  model: string[];
  person: { id: string; name: string }[];
  key: { id: string; name: string }[];
  team: string[];
  /** "opus-5-5 → sonnet-5-5 (Pilot)", as the rule reads in the newest version that has it. */
  rule: { id: string; name: string }[];
}
