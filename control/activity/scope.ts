import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { outcomes } from "#core/activity/outcome.ts";
import { isRangeText, parseRange, type TimeRange } from "#core/time/range.ts";
import { utcDayBounds } from "#core/time/utc-day.ts";
import { readArchivedBefore } from "#store/archive-files.ts";
import type { EventFilter } from "#store/event-filter.ts";
import type { ControlDeps } from "../deps.ts";
import { listField, parseInput } from "../input.ts";
import { resolvePeople } from "../resolve-people.ts";
import { reportingZone } from "../settings/read.ts";

const outcomeField = listField.pipe(z.array(z.enum(outcomes, `Use ${outcomes.join(", ")}.`)).optional());

/** What every question about requests is asked about: the page's address and the API have the same parameters. */
export const activityScopeInput = z.object({
  range: z
    .string()
    .default("7d")
    .refine(isRangeText, "Use today, 7d, 30d, mtd, last-month, qtd, a day, or 2026-10-01..2026-11-01."),
  project: listField,
  team: listField,
  requested: listField,
  model: listField,
  person: listField,
  key: listField,
  rule: listField,
  session: z.string().max(256).optional(),
  agent: z.string().max(256).optional(),
  outcome: outcomeField,
  /** `all` adds what is neither a cost nor a chance to override: token counts, lists of models. */
  kind: z.enum(["model", "all"]).default("model"),
});

/** Listing models or counting tokens is neither a cost nor a chance to override: shown when asked for only. */
const modelEndpoints = ["messages", "batches"];

/** The first UTC day of which nothing is archived, where a range begins before it; else null. */
export async function archivedInRange({ fromMs }: TimeRange, { db }: ControlDeps): Promise<string | null> {
  const before = await readArchivedBefore(db);
  return before !== null && fromMs < utcDayBounds(before).fromMs ? before : null;
}

export interface ActivityScope {
  range: TimeRange;
  filter: EventFilter;
  /** The session asked for, of which no rollup knows. */
  session: string | null;
  /** Only the actor's own requests are answered for. */
  isOwn: boolean;
}

/**
 * Narrows what an actor asks about to what they may see. Those who may not read everybody's requests get their own,
 * also when the question names another person.
 */
export async function activityScope(actor: Actor, input: unknown, deps: ControlDeps): Promise<ActivityScope> {
  requirePermission(actor, "own-requests.read");
  const isOwn = !may(actor, "requests.read");
  const { range: text, session, agent, kind, ...asked } = parseInput(activityScopeInput, input);
  const range = parseRange(text, await reportingZone(deps), deps.now().getTime());
  const { project, team, requested, model, person, key, rule, outcome } = asked;
  const filter: EventFilter = {
    fromMs: range.fromMs,
    toMs: range.toMs,
    endpoint: kind === "all" ? undefined : modelEndpoints,
    project,
    team,
    requestedModel: requested,
    servedModel: model,
    personId: isOwn ? actor.id : await resolvePeople(person, deps),
    proxyKeyId: key,
    ruleId: rule,
    sessionId: session || undefined,
    agentId: agent || undefined,
    outcome,
  };
  return { range, filter, session: session || null, isOwn };
}
