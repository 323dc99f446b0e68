import type { Actor } from "#core/access/actor.ts";
import { DEFAULT_PROJECT } from "#core/access/attribution.ts";
import type { SpentView } from "#core/access/budgets-left.ts";
import { isUnlimited, type KeyLimits } from "#core/access/key-limits.ts";
import { EVERY_PERSON, type HolderKind, ORGANISATION } from "#core/access/limit-holder.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { type HolderLimitsRow, listHolderLimits } from "#store/holder-limits.ts";
import { listPeople } from "#store/people.ts";
import { listProxyKeys, listUnrevokedProxyKeys, type ProxyKeyRow, toKeyLimits } from "#store/proxy-keys.ts";
import type { ControlDeps } from "../deps.ts";
import { organisationName } from "../settings/read.ts";
import { type MonthSpend, readMonthSpend, type Spent } from "./month-spend.ts";

/** Month of the spent amounts; `toDay` is the first day of the next, on which they restart at zero. */
interface PeriodView {
  fromDay: string;
  toDay: string;
  zone: string;
}

/** A team or project with limits. */
export interface HolderView {
  name: string;
  limits: KeyLimits;
  spent: Spent;
}

export interface PersonLimitsView {
  id: string;
  name: string;
  email: string;
  team: string | null;
  isDisabled: boolean;
  /** `own`: set for this person, even if they restrict nothing; `default`: those for everyone. */
  source: "own" | "default" | "none";
  limits: KeyLimits | null;
  spent: Spent;
}

export interface LimitsView {
  period: PeriodView;
  defaultForPeople: KeyLimits | null;
  people: PersonLimitsView[];
  teams: HolderView[];
  projects: HolderView[];
  /** Of all requests together; null without limits. */
  organisation: HolderView | null;
  /** Amount spent with each unrevoked proxy key, by its id. */
  spentByKey: Record<string, Spent>;
  /** Known names to choose from; others are allowed. */
  known: { teams: string[]; projects: string[] };
}

/** Lists every holder of limits with its spending in this month. */
export async function listLimits(actor: Actor, deps: ControlDeps): Promise<LimitsView> {
  requirePermission(actor, "limits.manage");
  const [rows, people, keys, spend, name] = await Promise.all([
    listHolderLimits(deps.db),
    listPeople(deps.db),
    listUnrevokedProxyKeys(deps.db),
    readMonthSpend(deps),
    organisationName(deps),
  ]);
  const organisation = findRow(rows, "organisation", ORGANISATION);
  const teams = rows.filter(({ kind }) => kind === "team");
  const projects = rows.filter(({ kind }) => kind === "project");
  const named = (names: Iterable<string | null>) =>
    [...new Set(names)].filter((name) => name !== null).sort((a, b) => a.localeCompare(b, "en"));
  return {
    period: periodView(spend),
    defaultForPeople: findRow(rows, "person", EVERY_PERSON),
    people: people.map((person) => ({
      id: person.id,
      name: person.name,
      email: person.email,
      team: person.team,
      isDisabled: person.disabledAt !== null,
      ...limitsOfPerson(rows, person.id),
      spent: spend.of("person", person.id),
    })),
    teams: teams.map(({ holder, limits }) => ({ name: holder, limits, spent: spend.of("team", holder) })),
    projects: projects.map(({ holder, limits }) => ({ name: holder, limits, spent: spend.of("project", holder) })),
    organisation: organisation && { name, limits: organisation, spent: spend.of("organisation", ORGANISATION) },
    spentByKey: Object.fromEntries(keys.map(({ id }) => [id, spend.of("key", id)])),
    known: {
      teams: named([
        ...spend.seen.teams,
        ...teams.map(({ holder }) => holder),
        ...people.map(({ team }) => team),
        ...keys.map(({ team }) => team),
      ]),
      projects: named([
        DEFAULT_PROJECT,
        ...spend.seen.projects,
        ...projects.map(({ holder }) => holder),
        ...keys.map(({ project }) => project),
      ]),
    },
  };
}

/** Limits that apply to the reader's own requests, with the amount spent. */
export interface AppliesView {
  kind: HolderKind;
  /** Id of the key or person; name of the team or project. */
  id: string;
  /** Name of the key, team or project; for a person, their name. */
  name: string;
  /** Whether these are the limits for everyone, not the person's own. */
  isDefault: boolean;
  limits: KeyLimits;
  /** Null where the limits have no such budget: people see only what is left of a team's or project's spending. */
  spent: SpentView;
}

export interface OwnLimitsView {
  period: PeriodView;
  /** The person's first, then teams, projects, keys and the organisation; empty without any limit. */
  applies: AppliesView[];
}

/**
 * Lists the limits that apply to the actor. They are the actor's own limits or the default, those of the teams and
 * projects they count for, and those of their keys.
 */
export async function listOwnLimits(actor: Actor, deps: ControlDeps): Promise<OwnLimitsView> {
  requirePermission(actor, "own-requests.read");
  const keys = await listProxyKeys(deps.db, actor.id);
  const now = deps.now();
  const live = keys.filter((key) => !key.revokedAt && !(key.expiresAt && key.expiresAt <= now));
  return findApplying(actor, live, deps);
}

/** Lists what applies to requests of a person with these keys, without a check. `person` is null for a pipeline's key. */
export async function findApplying(
  person: { id: string; name: string } | null,
  keys: readonly ProxyKeyRow[],
  deps: ControlDeps,
): Promise<OwnLimitsView> {
  const [rows, people, spend, organisation] = await Promise.all([
    listHolderLimits(deps.db),
    listPeople(deps.db),
    readMonthSpend(deps),
    organisationName(deps),
  ]);
  const me = people.find(({ id }) => id === person?.id);
  const applies: AppliesView[] = [];
  const add = (kind: AppliesView["kind"], id: string, name: string, limits: KeyLimits | null, isDefault = false) => {
    if (limits !== null && !isUnlimited(limits)) {
      applies.push({ kind, id, name, isDefault, limits, spent: spentOfBudgets(limits, spend.of(kind, id)) });
    }
  };
  if (person !== null) {
    const { source, limits } = limitsOfPerson(rows, person.id);
    add("person", person.id, person.name, limits, source === "default");
  }
  // Without a key yet: the attribution of a first one.
  const labels = keys.length > 0 ? keys : [{ team: null, project: null }];
  const teams = new Set(labels.map((key) => key.team ?? me?.team ?? null));
  for (const team of teams) if (team !== null) add("team", team, team, findRow(rows, "team", team));
  const projects = new Set(labels.map((key) => key.project ?? DEFAULT_PROJECT));
  for (const project of projects) add("project", project, project, findRow(rows, "project", project));
  for (const key of keys) add("key", key.id, key.name, toKeyLimits(key));
  add("organisation", ORGANISATION, organisation, findRow(rows, "organisation", ORGANISATION));
  return { period: periodView(spend), applies };
}

function spentOfBudgets(limits: KeyLimits, spent: Spent): AppliesView["spent"] {
  const [hasDollars, hasPlan] = [limits.monthlyBudgetNanoUsd !== null, limits.monthlyPlanNanoUsd !== null];
  return {
    costNanoUsd: hasDollars ? spent.costNanoUsd : null,
    planValueNanoUsd: hasPlan ? spent.planValueNanoUsd : null,
    ...missingInBudgets(hasDollars, hasPlan, spent),
    ...(spent.raisedBy === undefined ? {} : { raisedBy: spent.raisedBy }),
  };
}

/** Counts the requests that a budget does not see for want of a price; null without a budget. */
function missingInBudgets(hasDollars: boolean, hasPlan: boolean, { unpriced, planUnpriced }: Spent) {
  if (!hasDollars && !hasPlan) return { unpriced: null, planUnpriced: null };
  const [inCost, inPlan] = [hasDollars ? unpriced - planUnpriced : 0, hasPlan ? planUnpriced : 0];
  return { unpriced: inCost + inPlan, planUnpriced: inPlan };
}

function limitsOfPerson(rows: readonly HolderLimitsRow[], id: string): Pick<PersonLimitsView, "source" | "limits"> {
  const own = findRow(rows, "person", id);
  if (own !== null) return { source: "own", limits: own };
  const limits = findRow(rows, "person", EVERY_PERSON);
  return { source: limits === null ? "none" : "default", limits };
}

const findRow = (rows: readonly HolderLimitsRow[], kind: string, holder: string): KeyLimits | null =>
  rows.find((row) => row.kind === kind && row.holder === holder)?.limits ?? null;

const periodView = ({ period: { fromDay, toDay, zone } }: MonthSpend): PeriodView => ({ fromDay, toDay, zone });
