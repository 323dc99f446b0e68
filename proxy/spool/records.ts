import type { RequestEvent } from "#core/activity/request-event.ts";

/** Everything about a request that is known before it is sent upstream. */
export type OpenRecord = Pick<
  RequestEvent,
  | "id"
  | "startedAtMs"
  | "instanceId"
  | "endpoint"
  | "streamed"
  | "requestedModel"
  | "servedModel"
  | "decision"
  | "reason"
  | "ruleId"
  | "ruleVersion"
  | "edits"
  | "project"
  | "team"
  | "personId"
  | "proxyKeyId"
  | "sessionId"
  | "agentId"
  | "parentAgentId"
  | "clientName"
  | "clientVersion"
  | "billingMode"
  | "cache"
  | "cacheReason"
  | "requestBytes"
>;
