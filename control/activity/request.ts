import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { decisionSentence, type RuleOfDecision, shareSentence } from "#core/activity/decision-words.ts";
import { editSentence } from "#core/activity/edit-words.ts";
import { endingSentence } from "#core/activity/ending-words.ts";
import type { EventCosts } from "#core/activity/event-schema.ts";
import { readRecordedEdits } from "#core/activity/recorded-edits.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { BilledPart, RequestDetail } from "#core/activity/request-view.ts";
import { NEVER_STORED } from "#core/cache/cacheable.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { findTier, hasPrice } from "#core/costs/model-key.ts";
import { toPriceInput } from "#core/costs/price-again.ts";
import { baselineCosts, eventCosts, partCosts, priceRequest } from "#core/costs/price-request.ts";
import { promptTokens } from "#core/costs/usage.ts";
import { AppError } from "#core/errors.ts";
import { readArchivedBefore } from "#store/archive-files.ts";
import { firstAlike } from "#store/event-neighbours.ts";
import { eventById } from "#store/events.ts";
import { ruleVersionsBetween } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { idField, parseInput } from "../input.ts";
import { currentPrices, pricesOfRequest } from "../prices/price-catalogue.ts";
import { callerNames } from "./callers.ts";
import { requestRow } from "./row.ts";
import { ruleOfVersion } from "./rule-of-version.ts";

/**
 * Everything that is known of one request, in words and in exact figures. Another person's request is not found for those
 * who see their own only: the answer does not show whether it exists.
 */
export async function readRequest(actor: Actor, id: unknown, deps: ControlDeps): Promise<RequestDetail> {
  requirePermission(actor, "own-requests.read");
  const event = await eventById(deps.db, parseInput(idField, id));
  const isHidden = event !== null && !may(actor, "requests.read") && event.personId !== actor.id;
  if (event === null || isHidden) {
    const before = await readArchivedBefore(deps.db);
    const archived = before === null ? "" : ` Single requests before ${before} (UTC) are archived.`;
    throw new AppError("not-found", {}, `There is no such request, or it is not yours.${archived}`);
  }
  const [names, rule, pinned, prices] = await Promise.all([
    callerNames(deps),
    ruleOfVersion(event.ruleId, event.ruleVersion, deps),
    pinnedSentence(event, deps),
    pricesOfRequest(event.priceVersion, deps),
  ]);
  const named = (id: string | null, name: string | null) => (id === null ? null : { id, name: name ?? id });
  return {
    row: requestRow(event, names, deps),
    event,
    person: named(event.personId, names.person(event.personId)),
    proxyKey: named(event.proxyKeyId, names.key(event.proxyKeyId)),
    answeredTier: event.answeredModel === null ? null : findTier(deps.config.catalogue, event.answeredModel),
    why: decisionSentence({
      ...event,
      requested: event.requestedModel,
      served: event.servedModel,
      version: event.ruleVersion,
      rule,
    }),
    pinned,
    share: shareSentence(event, rule),
    rule: describeRule(event, rule),
    edits: readRecordedEdits(event.edits).map((edit) => ({
      code: edit.code,
      sentence: editSentence(edit, editedFor(event, rule)),
    })),
    ending: endingSentence(event),
    cacheWhy: cacheReason(event),
    baselineCosts: exactBaseline(event, prices),
    bill: exactBill(event, prices),
    listCostNanoUsd: listCost(event, prices, deps),
    addPriceOf: may(actor, "prices.change") ? findUnpricedModel(event, await currentPrices(deps)) : null,
  };
}

/** Model that an edit was made for, or would have been. After a fallback the record still names the first attempt. */
const editedFor = (event: RequestEvent, rule: RuleOfDecision | null): string =>
  (event.decision === "override" ? event.servedModel : rule?.to) ?? event.servedModel ?? "the served model";

function describeRule({ ruleId, ruleVersion }: RequestEvent, rule: RuleOfDecision | null): RequestDetail["rule"] {
  if (ruleId === null || ruleVersion === null || rule === null) return null;
  return { id: ruleId, place: rule.place, line: rule.line, version: ruleVersion };
}

/**
 * Explains that a session keeps its first decision, where that is seen. It is seen by an earlier request alike, or by
 * newer rules it does not follow.
 */
async function pinnedSentence(event: RequestEvent, deps: ControlDeps): Promise<string | null> {
  if (event.sessionId === null || event.requestedModel === null || event.endpoint !== "messages") return null;
  // Then the reason itself names what came before.
  if (event.reason.startsWith("pinned:")) return null;
  const first = await firstAlike(deps.reports, event);
  if (first === null) return null;
  const since = event.ruleVersion === null ? null : await newerVersion(event, deps);
  const newer = since === null ? "" : `v${since} was live by then; new rules are for new sessions. `;
  const whose = event.agentId === null ? "session" : "sub-agent";
  return `${newer}Earlier requests of this ${whose} for this model were given the same: a session keeps its decision, so that its prompt cache stays warm.`;
}

/** The newest version that was live when the request began, if it is another than the one that decided. */
async function newerVersion(event: RequestEvent, deps: ControlDeps): Promise<number | null> {
  const versions = await ruleVersionsBetween(deps.db, new Date(0), new Date(event.startedAtMs));
  const live = versions.at(-1)?.number ?? 0;
  return live > (event.ruleVersion ?? 0) ? live : null;
}

function cacheReason({ cache, cacheReason: reason }: RequestEvent): string | null {
  if (cache !== "bypass" || reason === null) return null;
  return NEVER_STORED.find((row) => row.reason === reason)?.why ?? reason;
}

/** The parts of the recorded baseline, computed again; shown only while they still add up to it to the nano-dollar. */
function exactBaseline(event: RequestEvent, prices: Catalogue): EventCosts | null {
  const { requestedModel, servedModel, baselineNanoUsd, cache } = event;
  if (requestedModel === null || servedModel === null || baselineNanoUsd === null || cache === "hit") return null;
  const input = toPriceInput(event);
  const costs = input && baselineCosts(input, prices);
  if (costs === null) return null;
  const total = Object.values(costs).reduce((sum: bigint, part) => sum + part, 0n);
  return total.toString() === baselineNanoUsd ? eventCosts(costs) : null;
}

/** The parts of the recorded bill, with amounts while they add up to the recorded cost to the nano-dollar. */
function exactBill(event: RequestEvent, prices: Catalogue): BilledPart[] {
  const input = event.cache === "hit" ? null : toPriceInput(event);
  if (input === null) return [];
  const costs = partCosts(input, prices);
  const total = costs.reduce((sum: bigint | null, cost) => (sum === null || cost === null ? null : sum + cost), 0n);
  const isExact = total !== null && total.toString() === event.costNanoUsd;
  return (input.parts ?? []).map(({ kind, model, usage }, at) => ({
    kind,
    model,
    promptTokens: promptTokens(usage),
    outputTokens: usage.outputTokens,
    costNanoUsd: isExact ? (costs[at]?.toString() ?? null) : null,
  }));
}

/** Prices a request by the list, where it was priced with own prices. Null where it was not, or the list has no price. */
function listCost(event: RequestEvent, prices: Catalogue, { config }: ControlDeps): string | null {
  if (prices === config.catalogue || event.costNanoUsd === null || event.cache === "hit") return null;
  const input = toPriceInput(event);
  return (input && priceRequest(input, config.catalogue).cost)?.toString() ?? null;
}

/** The first model of the bill that has no price now; null where a price is not what is missing. */
function findUnpricedModel(event: RequestEvent, prices: Catalogue): string | null {
  if (event.costNanoUsd !== null || event.usageState === "none" || event.usageState === "unknown") return null;
  const input = toPriceInput(event);
  const billed = input === null ? [] : [...(input.parts ?? []).map(({ model }) => model), input.served];
  return billed.find((model) => !hasPrice(model, prices)) ?? null;
}
