import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { parseAttribution } from "#core/access/attribution.ts";
import {
  DEFAULT_ISSUING_POLICY,
  findLifeProblem,
  findOwnKeyProblems,
  type IssuingPolicy,
  type KeyLife,
  keyLives,
} from "#core/access/issuing-policy.ts";
import { type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { may, requirePermission, roleMay } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { MS_PER_DAY } from "#core/time/instant.ts";
import { listPeople } from "#store/people.ts";
import { listUnrevokedProxyKeys, type ProxyKeyRow, toKeyLimits } from "#store/proxy-keys.ts";
import type { SqlSource } from "#store/raw.ts";
import { readSetting, settingKey, writeSetting } from "#store/settings.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { labelField, parseInput, roleField } from "../input.ts";
import { mutate } from "../mutate.ts";
import { namedFields, refuseStale, wasField } from "../seen-before.ts";
import { limitsInput } from "./limits-input.ts";

const LISTED_PROJECTS_MAX = 200;

const lifeField = z.literal(keyLives, `Choose ${keyLives.join(", ")} days, or no bound.`).nullable();

const policyFields = {
  ownRoles: z.array(roleField).transform((list) => [...new Set(list)]),
  issuerRoles: z
    .array(roleField)
    .refine(
      (list) => list.every((role) => roleMay(role, "keys.manage")),
      "Only owners and admins can issue for others.",
    )
    .refine((list) => list.includes("owner"), "Owners can always issue for others: include owner.")
    .transform((list) => [...new Set(list)]),
  ownProjects: z.union(
    [
      z.literal("any"),
      z
        .array(labelField)
        .max(LISTED_PROJECTS_MAX, `List at most ${LISTED_PROJECTS_MAX} projects.`)
        .transform((names) => [...new Set(names.filter((name) => name !== null))]),
    ],
    "Write “any” or a list of project names: each begins with a letter or digit.",
  ),
  mayOwnBeFree: z.boolean("Use true or false."),
  ownLifeMax: lifeField,
  issuedLifeMax: lifeField,
  ownLimits: limitsInput,
};

const policyInput = z
  .strictObject(policyFields)
  .refine((policy) => !policy.mayOwnBeFree || policy.ownProjects === "any", {
    path: ["mayOwnBeFree"],
    error: "Free keys can name any project: allow any project first.",
  });

const policyNames = Object.keys(policyFields) as (keyof typeof policyFields)[];
const policyPart = z.strictObject({ ...z.strictObject(policyFields).partial().shape, was: wasField(policyNames) });

/** Schema of a stored policy: fields of a later release are ignored, and missing fields keep their defaults. */
const storedPolicy = z.object(policyFields).partial();

/** Reads the policy in force, for other verbs. Call it in the transaction of the change. */
export async function readIssuingPolicy(source: SqlSource): Promise<IssuingPolicy> {
  const text = await readSetting(source, settingKey.issuingPolicy);
  return text === null
    ? DEFAULT_ISSUING_POLICY
    : { ...DEFAULT_ISSUING_POLICY, ...storedPolicy.parse(JSON.parse(text)) };
}

/**
 * Whether the actor may issue keys for every person and project. The role matrix is the minimum, the policy may narrow
 * it to owners.
 */
export const isIssuer = (policy: IssuingPolicy, actor: Actor): boolean =>
  may(actor, "keys.manage") && (actor.kind !== "person" || policy.issuerRoles.includes(actor.role));

/** Refuses actors who may not issue any key: a change must not grant what the policy forbids at issuing. */
export async function requireIssuer(source: SqlSource, actor: Actor): Promise<void> {
  const policy = await readIssuingPolicy(source);
  if (isIssuer(policy, actor)) return;
  const text = "Only owners may change keys: the issuing policy excludes admins.";
  throw new AppError("auth.forbidden", { permission: "keys.manage", roles: policy.issuerRoles }, text);
}

export interface IssuingPolicyView {
  policy: IssuingPolicy;
  /** Live keys that the policy would not allow today; a new policy leaves them unchanged. */
  liveKeysOutside: number;
  liveKeys: number;
}

/** Shows the policy, and the number of live keys it would not allow today. */
export async function showIssuingPolicy(actor: Actor, deps: ControlDeps): Promise<IssuingPolicyView> {
  requirePermission(actor, "settings.read");
  const [policy, keys, people] = await Promise.all([
    readIssuingPolicy(deps.db),
    listUnrevokedProxyKeys(deps.db),
    listPeople(deps.db),
  ]);
  const roleOf = new Map(people.map(({ id, role }) => [id, role]));
  const now = deps.now();
  const live = keys.filter((key) => !key.person?.disabledAt && !(key.expiresAt && key.expiresAt <= now));
  const outside = live.filter((key) => !isWithinPolicy(policy, key, roleOf.get(key.createdBy ?? "")));
  return { policy, liveKeysOutside: outside.length, liveKeys: live.length };
}

/**
 * Whether a key is within the policy. `issuer`: current role of the person who issued it; absent for other issuers
 * such as the command line.
 */
function isWithinPolicy(policy: IssuingPolicy, key: ProxyKeyRow, issuer: string | undefined): boolean {
  const lifeDays = key.expiresAt && Math.ceil((key.expiresAt.getTime() - key.createdAt.getTime()) / MS_PER_DAY);
  if (issuer === undefined || (policy.issuerRoles as string[]).includes(issuer)) {
    return findLifeProblem(policy.issuedLifeMax, lifeDays) === null;
  }
  if (key.createdBy !== key.personId) return false;
  const { team, project } = key;
  const policed = { team, project, attribution: parseAttribution(key.attribution), lifeDays, limits: toKeyLimits(key) };
  const mayIssue = (policy.ownRoles as string[]).includes(issuer);
  return mayIssue && Object.keys(findOwnKeyProblems(policy, policed)).length === 0;
}

/**
 * Replaces the policy. It applies to keys issued from now on; live keys stay unchanged.
 *
 * With `was`, what the sender saw, only the named fields are changed, and `changed-meanwhile` is thrown when one that
 * `was` names is another by now.
 */
export async function changeIssuingPolicy(actor: Actor, input: unknown, deps: ControlDeps): Promise<IssuingPolicyView> {
  requirePermission(actor, "settings.change");
  const isPart = typeof input === "object" && input !== null && "was" in input;
  const { was, ...fields } = isPart
    ? parseInput(policyPart, input)
    : { ...parseInput(policyInput, input), was: undefined };
  const wanted = namedFields(fields, input) as Partial<IssuingPolicy>;
  await mutate(actor, deps, async (tx, at) => {
    const before = await readIssuingPolicy(tx);
    const places = [{ action: "keys.change-policy" }];
    await refuseStale(tx, { stored: before, was, wanted }, { what: "who issues proxy keys", places });
    // Checked as a whole: a part may fit what was seen and not what is there.
    const policy = parseInput(policyInput, { ...before, ...wanted });
    if (JSON.stringify(before) === JSON.stringify(policy)) return;
    await writeSetting(tx, settingKey.issuingPolicy, JSON.stringify(policy), at);
    await recordAudit(tx, actor, { action: "keys.change-policy", before: { ...before }, after: { ...policy } }, at);
  });
  return showIssuingPolicy(actor, deps);
}

/** Bounds of the policy for the actor, so that a form offers only what is allowed. */
export interface OwnIssuingView {
  mayIssueOwn: boolean;
  /** Keys for others and for pipelines. */
  mayIssueForOthers: boolean;
  projects: IssuingPolicy["ownProjects"];
  mayBeFree: boolean;
  /** Null: a key may be without expiry. */
  lifeMax: KeyLife | null;
  /** Widest limits; a limit left out is filled with these. */
  limits: KeyLimits;
}

/** Shows what the actor may issue. */
export async function showOwnIssuing(actor: Actor, deps: ControlDeps): Promise<OwnIssuingView> {
  requirePermission(actor, "own-keys.manage");
  const policy = await readIssuingPolicy(deps.db);
  if (isIssuer(policy, actor)) {
    const all = { mayIssueOwn: true, mayIssueForOthers: true, projects: "any", mayBeFree: true } as const;
    return { ...all, lifeMax: policy.issuedLifeMax, limits: NO_LIMITS };
  }
  return {
    mayIssueOwn: actor.kind === "person" && policy.ownRoles.includes(actor.role),
    mayIssueForOthers: false,
    projects: policy.ownProjects,
    mayBeFree: policy.mayOwnBeFree,
    lifeMax: policy.ownLifeMax,
    limits: policy.ownLimits,
  };
}
