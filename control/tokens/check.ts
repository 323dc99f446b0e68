import { parseScopes } from "#core/access/scopes.ts";
import { liveAccessToken, noteAccessTokenUse } from "#store/access-tokens.ts";
import { hashSecret } from "#store/hashes.ts";
import type { ControlDeps } from "../deps.ts";
import type { PersonActor } from "../session/check-session.ts";
import { toRole } from "../team/person.ts";

/** Interval of updates: writing "last used" on every call would make reads into writes; a minute is exact enough. */
const lastUsedStepMs = 60_000;

/**
 * Finds the person an access token acts as, with its scopes. Null when it is unknown, expired, revoked, or its person
 * is disabled.
 */
export async function checkAccessToken(
  secret: string,
  address: string | null,
  deps: ControlDeps,
): Promise<PersonActor | null> {
  const now = deps.now();
  const token = await liveAccessToken(deps.db, { tokenHash: hashSecret(secret) }, now);
  if (!token) return null;
  if (!token.lastUsedAt || now.getTime() - token.lastUsedAt.getTime() > lastUsedStepMs) {
    // A statistic: a busy database must not refuse a valid token.
    await noteAccessTokenUse(deps.db, token.id, now).catch(() => undefined);
  }
  const { id, name, email } = token.person;
  const scopes = parseScopes(token.scopes);
  const used = { id: token.id, name: token.name, scopes };
  return { kind: "person", id, name, email, role: toRole(token.person), via: "api", address, token: used };
}
