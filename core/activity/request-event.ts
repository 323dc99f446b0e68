import type {
  BILLING_MODES,
  CACHE_CAUSES,
  CACHE_RESULTS,
  DECISIONS,
  ENDINGS,
  ENDPOINTS,
  EVENT_SCHEMA,
  EventFieldName,
  EventValue,
  USAGE_STATES,
} from "./event-schema.ts";

export type Ended = (typeof ENDINGS)[number];
export type DecisionKind = (typeof DECISIONS)[number];
export type Endpoint = (typeof ENDPOINTS)[number];
export type CacheResult = (typeof CACHE_RESULTS)[number];
export type BillingMode = (typeof BILLING_MODES)[number];
export type CacheCause = (typeof CACHE_CAUSES)[number];
export type UsageState = (typeof USAGE_STATES)[number];

/**
 * The one record of a request, with the fields of `EVENT_SCHEMA`. Written once when the request ends, never updated. Holds no
 * prompt, no answer, no credential. Instants are epoch milliseconds UTC; money is decimal strings of nano-dollars.
 */
export type RequestEvent = { -readonly [Name in keyof typeof EVENT_SCHEMA]: EventValue<Name & EventFieldName> };
