import type { RequestEvent } from "#core/activity/request-event.ts";
import type { RequestRow } from "#core/activity/request-view.ts";
import { isPlan } from "#core/costs/known-money.ts";
import { findTier } from "#core/costs/model-key.ts";
import { promptTokens } from "#core/costs/usage.ts";
import type { ControlDeps } from "../deps.ts";
import type { CallerNames } from "./callers.ts";

/** One line of the list, out of the record. */
export function requestRow(event: RequestEvent, names: CallerNames, deps: ControlDeps): RequestRow {
  const { catalogue } = deps.config;
  const isCovered = isPlan(event.billingMode);
  const tier = (model: string | null) => (model === null ? null : findTier(catalogue, model));
  return {
    id: event.id,
    startedAtMs: event.startedAtMs,
    endedAtMs: event.endedAtMs,
    endpoint: event.endpoint,
    project: event.project,
    caller: names.person(event.personId) ?? names.key(event.proxyKeyId),
    isSubAgent: event.agentId !== null,
    requested: event.requestedModel,
    served: event.servedModel,
    requestedTier: tier(event.requestedModel),
    servedTier: tier(event.servedModel),
    decision: event.decision,
    ruleId: event.ruleId,
    ended: event.ended,
    status: event.status,
    errorType: event.errorType,
    cache: event.cache,
    promptTokens: promptTokens(event.usage),
    outputTokens: event.usage.outputTokens,
    costNanoUsd: event.costNanoUsd,
    savedNanoUsd: isCovered ? "0" : event.savedNanoUsd,
    avoidedNanoUsd: isCovered ? "0" : event.avoidedNanoUsd,
    usageState: event.usageState,
    isPlan: isCovered,
    durationMs: event.durationMs,
    sessionId: event.sessionId,
  };
}
