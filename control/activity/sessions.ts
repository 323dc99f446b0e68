import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import type { RuleOfDecision } from "#core/activity/decision-words.ts";
import type { SessionPage, SessionRow } from "#core/activity/request-view.ts";
import { agentTree, type SessionPart, sumFigures } from "#core/activity/session.ts";
import { rangeView, type Tier } from "#core/costs/chart-series.ts";
import { findTier } from "#core/costs/model-key.ts";
import type { EventKey } from "#store/events.ts";
import { listSessions, type SessionHead, sessionParts } from "#store/session-list.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { type CallerNames, callerNames } from "./callers.ts";
import { keyField, keyText } from "./page-key.ts";
import { ruleOfVersion } from "./rule-of-version.ts";
import { type ActivityScope, activityScope, archivedInRange } from "./scope.ts";
import { isFoundByRollups, matchingSpans } from "./spans.ts";

export const sessionPageInput = z.object({
  after: keyField,
  limit: z.coerce.number().int().min(1).max(100).default(25),
});

/**
 * Lists one page of sessions, the one used last first. Each has its cost in the range, by agent, and the model it was
 * given.
 */
export async function listSessionRows(actor: Actor, input: unknown, deps: ControlDeps): Promise<SessionPage> {
  const scope = await activityScope(actor, input, deps);
  const { range, filter, isOwn } = scope;
  const { after, limit } = parseInput(sessionPageInput, input);
  const page = { take: limit + 1, ...(after === undefined ? {} : { after }) };
  const [heads, names] = await Promise.all([newestSessions(scope, page, deps), callerNames(deps)]);
  const shown = heads.slice(0, limit);
  const last = heads.length > limit ? shown.at(-1) : undefined;
  const ids = shown.map(({ id }) => id);
  const parts = await sessionParts(deps.reports, filter, ids);
  const rules = await readRules([...parts.values()].flat(), deps);
  const rows = shown.map((head) => sessionRow(head, parts.get(head.id) ?? [], rules, names));
  return {
    range: rangeView(range),
    rows,
    next: last === undefined ? null : keyText(last.last),
    archivedBefore: await archivedInRange(range, deps),
    isOwn,
    tiers: findTiers([...parts.values()].flat(), deps),
  };
}

/** As with the requests themselves: straight down the index, or span by span where the rollups have seen some. */
async function newestSessions(
  scope: ActivityScope,
  page: { after?: EventKey; take: number },
  deps: ControlDeps,
): Promise<SessionHead[]> {
  if (!isFoundByRollups(scope)) return listSessions(deps.reports, scope.filter, page);
  const heads: SessionHead[] = [];
  for await (const within of matchingSpans(scope, page.after?.startedAtMs ?? scope.range.toMs, deps)) {
    const rest = { ...page, take: page.take - heads.length, within };
    heads.push(...(await listSessions(deps.reports, scope.filter, rest)));
    if (heads.length >= page.take) break;
  }
  return heads;
}

type Rules = ReadonlyMap<string, RuleOfDecision | null>;

function sessionRow(head: SessionHead, parts: readonly SessionPart[], rules: Rules, names: CallerNames): SessionRow {
  return {
    id: head.id,
    project: head.project,
    caller: names.person(head.personId) ?? names.key(head.proxyKeyId),
    figures: sumFigures(parts),
    root: agentTree(parts, (part) => rules.get(ruleKey(part)) ?? null),
  };
}

const ruleKey = ({ ruleId, ruleVersion }: SessionPart): string => `${ruleVersion} ${ruleId}`;

/** Each rule of each version once, however many sessions it decided. */
async function readRules(parts: readonly SessionPart[], deps: ControlDeps): Promise<Rules> {
  const wanted = new Map(parts.map((part) => [ruleKey(part), part]));
  const rules = new Map<string, RuleOfDecision | null>();
  for (const [key, { ruleId, ruleVersion }] of wanted) rules.set(key, await ruleOfVersion(ruleId, ruleVersion, deps));
  return rules;
}

function findTiers(parts: readonly SessionPart[], deps: ControlDeps): Record<string, Tier> {
  const models = parts.flatMap(({ requestedModel, servedModel }) => [requestedModel, servedModel]);
  const known = models.filter((model): model is string => model !== null);
  return Object.fromEntries(known.map((model) => [model, findTier(deps.config.catalogue, model)]));
}
