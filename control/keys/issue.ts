import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { attributions } from "#core/access/attribution.ts";
import {
  fillLimits,
  findLifeProblem,
  findOwnKeyProblems,
  type IssuingPolicy,
  type PolicedField,
  type PolicedKey,
} from "#core/access/issuing-policy.ts";
import { keyEndpoints, NO_LIMITS } from "#core/access/key-limits.ts";
import { PROXY_KEY_PREFIX } from "#core/access/own-secrets.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { MS_PER_DAY } from "#core/time/instant.ts";
import { insertProxyKey } from "#store/proxy-keys.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { expiryDaysField, idField, labelField, nameField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId, newSecret } from "../secrets.ts";
import { requirePerson } from "../team/person.ts";
import { isIssuer, readIssuingPolicy } from "./issuing-policy.ts";
import { limitFields } from "./limits-input.ts";
import { type ProxyKeyView, proxyKeyView } from "./proxy-key-view.ts";

const issueInput = z.strictObject({
  name: nameField(60),
  /** Owner of the key; default: the actor. Null: none, for a pipeline. */
  personId: idField.nullish(),
  team: labelField,
  project: labelField,
  /** Default: requests count for the project and team of the key, and cannot name others. */
  attribution: z.enum(attributions, "Choose locked or free.").default("locked"),
  expiresInDays: expiryDaysField.optional(),
  ...limitFields,
  /** Default: the widest the policy allows. */
  endpoints: z.enum(keyEndpoints, "Choose which endpoints the key may use.").optional(),
});

/**
 * Issues a proxy key. Its secret is in the response and nowhere else. The issuing policy decides who may issue which
 * key: people for themselves within its bounds, issuers (who need `keys.manage`) any key: for others, for pipelines
 * or for a team.
 */
export async function issueProxyKey(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ key: ProxyKeyView; secret: string }> {
  const wanted = parseInput(issueInput, input);
  const own = actor.kind === "person" ? actor.id : null;
  const personId = wanted.personId === undefined ? own : wanted.personId;
  const isOwn = own !== null && personId === own;
  requirePermission(actor, isOwn ? "own-keys.manage" : "keys.manage");
  const { secret, hash, hint } = newSecret(PROXY_KEY_PREFIX);
  const days = wanted.expiresInDays ?? null;
  return mutate(actor, deps, async (tx, at) => {
    const policy = await readIssuingPolicy(tx);
    const asIssuer = isIssuer(policy, actor);
    const limits = fillLimits(wanted, asIssuer ? NO_LIMITS : policy.ownLimits);
    const { team, project, attribution } = wanted;
    if (asIssuer) refuseProblems(lifeProblem(policy, days));
    else refuseOutside(policy, actor, { team, project, attribution, lifeDays: days, limits }, isOwn);
    if (personId && (await requirePerson(tx, personId)).disabledAt) {
      throw new AppError("request.invalid", {}, "This person is disabled; their keys would not work.");
    }
    const row = await insertProxyKey(tx, {
      id: newId("key"),
      name: wanted.name,
      hint,
      keyHash: hash,
      personId,
      team,
      project,
      attribution,
      createdBy: actor.id,
      createdAt: at,
      expiresAt: days === null ? null : new Date(at.getTime() + days * MS_PER_DAY),
      limits,
    });
    const key = proxyKeyView(row, at);
    await recordAudit(
      tx,
      actor,
      { action: "keys.issue", object: { kind: "key", id: key.id }, after: toFacts(key) },
      at,
    );
    return { key, secret };
  });
}

function toFacts(key: ProxyKeyView): Record<string, unknown> {
  const { name, hint, team, project, attribution, expiresAt, limits } = key;
  return { name, hint, person: key.person?.email ?? null, team, project, attribution, expiresAt, ...limits };
}

/** Refuses a key that exceeds the policy when the actor is no issuer. */
function refuseOutside(policy: IssuingPolicy, actor: Actor, key: PolicedKey, isOwn: boolean): void {
  const roles = policy.issuerRoles;
  const forbid = (text: string, fields = {}) =>
    new AppError("auth.forbidden", { permission: "keys.manage", roles, fields }, text);
  if (!isOwn) throw forbid("Only owners may issue keys for others and for pipelines.");
  if (actor.kind !== "person" || !policy.ownRoles.includes(actor.role)) {
    throw forbid("Only admins issue keys. Ask an admin for one.");
  }
  const problems = findOwnKeyProblems(policy, key);
  const fields: Partial<Record<PolicedField, string>> = {};
  for (const name of ["team", "project", "attribution"] as const) if (problems[name]) fields[name] = problems[name];
  const [first] = Object.values(fields);
  if (first !== undefined) throw forbid(first, fields);
  refuseProblems(problems);
}

function lifeProblem(policy: IssuingPolicy, days: number | null): Partial<Record<PolicedField, string>> {
  const problem = findLifeProblem(policy.issuedLifeMax, days);
  return problem === null ? {} : { expiresInDays: problem };
}

function refuseProblems(fields: Partial<Record<PolicedField, string>>): void {
  const [first] = Object.entries(fields);
  if (first !== undefined) throw new AppError("request.invalid", { fields }, `${first[0]}: ${first[1]}`);
}
