import { isGlob, matchesGlob } from "#core/rules/glob.ts";
import { formatMoneyExact } from "../report/format.ts";
import { formatCounted } from "../report/plural.ts";
import { type Attribution, DEFAULT_PROJECT } from "./attribution.ts";
import { type KeyLimits, NO_LIMITS } from "./key-limits.ts";
import { type Role, roles } from "./roles.ts";

/** Lifetimes of a key in days; the forms and the policy offer the same ones. */
export const keyLives = [1, 7, 30, 90, 365] as const;
export type KeyLife = (typeof keyLives)[number];

/**
 * Policy for issuing proxy keys. People issue keys for themselves within bounds; issuers (owners, and admins unless
 * the policy leaves them out) issue any key for any person and are bound by the longest lifetime only.
 */
export interface IssuingPolicy {
  /** Roles that may issue keys for themselves. */
  ownRoles: readonly Role[];
  /** Roles that may issue keys for others, for pipelines and beyond the bounds below. Owners always may. */
  issuerRoles: readonly Role[];
  /** Projects that people may issue their own keys for, beside the default project. */
  ownProjects: "any" | readonly string[];
  /** Whether people's own keys may name another project and team per request. */
  mayOwnBeFree: boolean;
  /** Longest lifetime in days; null: a key may be without expiry. */
  ownLifeMax: KeyLife | null;
  issuedLifeMax: KeyLife | null;
  /** Widest limits of people's own keys; a limit left out is filled with these. */
  ownLimits: KeyLimits;
}

/**
 * Default policy: every role issues keys for itself; they count for the default project, and requests cannot change
 * that.
 */
export const DEFAULT_ISSUING_POLICY: IssuingPolicy = {
  ownRoles: roles,
  issuerRoles: ["owner", "admin"],
  ownProjects: [],
  mayOwnBeFree: false,
  ownLifeMax: null,
  issuedLifeMax: null,
  ownLimits: NO_LIMITS,
};

/** Properties of a requested or existing key that the policy checks. */
export interface PolicedKey {
  team: string | null;
  project: string | null;
  attribution: Attribution;
  /** Lifetime from the day of issue; null: no expiry. */
  lifeDays: number | null;
  limits: KeyLimits;
}

export type PolicedField = "team" | "project" | "attribution" | "expiresInDays" | keyof KeyLimits;

/** Finds the fields of a person's own key that exceed the policy, each with a sentence that names the fix. */
export function findOwnKeyProblems(policy: IssuingPolicy, key: PolicedKey): Partial<Record<PolicedField, string>> {
  const problems: Partial<Record<PolicedField, string>> = {};
  if (key.team !== null) {
    problems.team = "Only admins issue keys for a team. Leave the team empty: your keys count for your team.";
  }
  if (!mayOwnProject(policy, key.project)) {
    problems.project = `Only admins issue keys for the project “${key.project}”. Leave the project empty or ask an admin.`;
  }
  if (key.attribution === "free" && !policy.mayOwnBeFree) {
    problems.attribution =
      "Only admins issue keys whose requests may name any project. Use a locked key or ask an admin.";
  }
  const life = findLifeProblem(policy.ownLifeMax, key.lifeDays);
  if (life !== null) problems.expiresInDays = life;
  return { ...problems, ...findExcess(key.limits, policy.ownLimits) };
}

/** Checks a key's lifetime against the maximum. Null when it is allowed. */
export function findLifeProblem(lifeMax: KeyLife | null, lifeDays: number | null): string | null {
  if (lifeMax === null || (lifeDays !== null && lifeDays <= lifeMax)) return null;
  return `Keys expire after at most ${formatCounted(lifeMax, "day")}. Choose an expiry within that.`;
}

const mayOwnProject = ({ ownProjects }: IssuingPolicy, project: string | null): boolean =>
  project === null || project === DEFAULT_PROJECT || ownProjects === "any" || ownProjects.includes(project);

/** Finds the limits that are wider than the widest allowed ones. */
function findExcess(limits: KeyLimits, most: KeyLimits): Partial<Record<keyof KeyLimits, string>> {
  const problems: Partial<Record<keyof KeyLimits, string>> = {};
  for (const name of ["requestsPerMinute", "openRequestsMax", "monthlyBudgetNanoUsd", "monthlyPlanNanoUsd"] as const) {
    const bound = most[name];
    const value = limits[name];
    if (bound !== null && (value === null || value > bound)) {
      problems[name] = `Self-issued keys have at most ${inUnits[name](bound)}. Use less or ask an admin.`;
    }
  }
  if (most.endpoints === "messages" && limits.endpoints === "all") {
    problems.endpoints = "Self-issued keys are for messages, token counts and models only.";
  }
  const { models } = most;
  if (models !== null && !(limits.models ?? ["*"]).every((model) => isWithin(model, models))) {
    problems.models = `Self-issued keys are for ${models.join(", ")} only. Use these or ask an admin.`;
  }
  return problems;
}

const inUnits = {
  requestsPerMinute: (count: number) => `${formatCounted(count, "request")} a minute`,
  openRequestsMax: (count: number) => `${formatCounted(count, "request")} at once`,
  monthlyBudgetNanoUsd: (amount: number) => `${formatMoneyExact(String(amount))} a month`,
  monthlyPlanNanoUsd: (amount: number) => `${formatMoneyExact(String(amount))} of plan value a month`,
};

/**
 * Whether every model this entry names is provably among those of the others: as written, or covered by a pattern. A
 * single word may be a family, whose models a pattern need not cover; and of two patterns the wider one may hold
 * stars only.
 */
function isWithin(model: string, models: readonly string[]): boolean {
  if (models.includes(model) || models.includes("*")) return true;
  if (!/[-.\d]/.test(model)) return false;
  return models.some((entry) => isGlob(entry) && !(isGlob(model) && entry.includes("?")) && matchesGlob(entry, model));
}

/** Fills missing limits with the widest the policy allows. */
export function fillLimits(
  wanted: Omit<KeyLimits, "endpoints"> & { endpoints?: KeyLimits["endpoints"] },
  most: KeyLimits,
): KeyLimits {
  return {
    endpoints: wanted.endpoints ?? most.endpoints,
    models: wanted.models ?? most.models,
    requestsPerMinute: wanted.requestsPerMinute ?? most.requestsPerMinute,
    openRequestsMax: wanted.openRequestsMax ?? most.openRequestsMax,
    monthlyBudgetNanoUsd: wanted.monthlyBudgetNanoUsd ?? most.monthlyBudgetNanoUsd,
    monthlyPlanNanoUsd: wanted.monthlyPlanNanoUsd ?? most.monthlyPlanNanoUsd,
  };
}
