import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { ACCESS_TOKEN_PREFIX } from "#core/access/own-secrets.ts";
import { permissions, refuseTokens, requirePermission, roleMay, scopeFor } from "#core/access/permissions.ts";
import type { Role } from "#core/access/roles.ts";
import { formatScopes, type Scope, scopes } from "#core/access/scopes.ts";
import { AppError } from "#core/errors.ts";
import { shorten } from "#core/report/shorten.ts";
import { insertAccessToken } from "#store/access-tokens.ts";
import { personByEmail } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { nameField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId, newSecret } from "../secrets.ts";
import { toRole } from "../team/person.ts";
import { type AccessTokenView, accessTokenView } from "./access-token-view.ts";

/** Maximum lifetime: a token that is needed for longer is issued again, by a person who still may. */
const lifeDaysMax = 365;

const issueInput = z.strictObject({
  name: nameField(60),
  scopes: z
    .array(z.enum(scopes, `Choose from ${scopes.join(", ")}.`))
    .min(1, "Choose at least one scope.")
    .default(["read"]),
  expiresInDays: z
    .int("Use a whole number of days.")
    .min(1, "Use at least one day.")
    .max(lifeDaysMax, `Use at most ${lifeDaysMax} days.`)
    .default(90),
});

/**
 * Issues an access token that acts as the actor on `/api/*`, within its scopes. Its secret is in the response and
 * nowhere else. Refused to tokens: a stolen one must not be able to outlive its own revocation.
 */
export async function issueAccessToken(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ token: AccessTokenView; secret: string }> {
  requirePermission(actor, "own-access.manage");
  refuseTokens(actor);
  if (actor.kind !== "person") throw new AppError("auth.forbidden", {}, "An access token belongs to a person.");
  return insertFor(actor, () => Promise.resolve(actor), input, deps);
}

/**
 * Issues an access token that acts as the active person with this address. For the operator of this machine only, who may do
 * what an owner may and is no person.
 */
export async function issueTokenFor(
  actor: Actor,
  email: string,
  input: unknown,
  deps: ControlDeps,
): Promise<{ token: AccessTokenView; secret: string }> {
  if (actor.kind !== "operator") throw new AppError("auth.forbidden", {}, "Only an operator issues tokens for people.");
  const find = async (tx: Parameters<typeof personByEmail>[0]) => {
    const person = await personByEmail(tx, email.trim().toLowerCase());
    if (person === null || person.disabledAt !== null)
      throw new AppError("not-found", {}, `There is no active person with the address ${shorten(email)}.`);
    return { ...person, role: toRole(person) };
  };
  return insertFor(actor, find, input, deps);
}

async function insertFor(
  actor: Actor,
  findHolder: (tx: Parameters<typeof personByEmail>[0]) => Promise<{ id: string; name: string; role: Role }>,
  input: unknown,
  deps: ControlDeps,
): Promise<{ token: AccessTokenView; secret: string }> {
  const wanted = parseInput(issueInput, input);
  const { secret, hash, hint } = newSecret(ACCESS_TOKEN_PREFIX);
  return mutate(actor, deps, async (tx, at) => {
    const holder = await findHolder(tx);
    requireUsefulScopes(holder.role, wanted.scopes);
    const expiresAt = new Date(at.getTime() + wanted.expiresInDays * 86_400_000);
    const named = { id: newId("tok"), name: wanted.name, hint, tokenHash: hash };
    const fields = { ...named, scopes: formatScopes(wanted.scopes), personId: holder.id };
    const row = await insertAccessToken(tx, { ...fields, createdAt: at, expiresAt });
    const token = accessTokenView(row, at);
    const whose = holder.id === actor.id ? {} : { person: holder.name };
    const after = { name: token.name, hint, scopes: token.scopes, expiresAt: token.expiresAt, ...whose };
    await recordAudit(tx, actor, { action: "tokens.issue", object: { kind: "token", id: token.id }, after }, at);
    return { token, secret };
  });
}

/** Lists the scopes that grant a role something, for the form; the others would be empty promises. */
export const scopesFor = (role: Role): Scope[] =>
  scopes.filter((scope) => permissions.some((one) => scopeFor(one) === scope && roleMay(role, one)));

function requireUsefulScopes(role: Role, wanted: readonly Scope[]): void {
  const useful = scopesFor(role);
  const empty = wanted.find((scope) => !useful.includes(scope));
  if (empty === undefined) return;
  const text = `The role ${role} has no permission in the scope “${empty}”.`;
  throw new AppError("request.invalid", { fields: { scopes: text } }, text);
}
