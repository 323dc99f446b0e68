import { AppError } from "#core/errors.ts";
import type { Actor } from "./actor.ts";
import type { Role } from "./roles.ts";
import type { Scope } from "./scopes.ts";

/** Scope of each permission: a new permission without one is a type error. */
export const scopeOfPermission = {
  "totals.read": "read",
  "own-requests.read": "read",
  "requests.read": "read",
  "rules.read": "read",
  "rules.draft": "rules",
  "rules.publish": "rules",
  "rules.roll-back": "rules",
  "rules.pause": "rules",
  "costs.read": "read",
  "costs.export": "export",
  "cache.read": "read",
  "cache.purge": "cache",
  "connect.use": "read",
  "own-keys.manage": "keys",
  "keys.manage": "keys",
  "limits.manage": "keys",
  "own-access.manage": "people",
  "access.manage": "people",
  "team.read": "people",
  "team.invite": "people",
  "team.change-role": "people",
  "team.disable": "people",
  "team.make-owner": "people",
  "audit.read": "export",
  "ledger.verify": "settings",
  "ledger.rebuild": "settings",
  "settings.read": "settings",
  "settings.change": "settings",
} as const satisfies Record<Permission, Scope>;

/** Role matrix as data: the only place that maps roles to permissions. */
const allowed = {
  "totals.read": ["owner", "admin", "editor", "viewer", "finance"],
  "own-requests.read": ["owner", "admin", "editor", "viewer", "developer", "finance"],
  "requests.read": ["owner", "admin", "editor", "viewer", "finance"],
  "rules.read": ["owner", "admin", "editor", "viewer", "developer", "finance"],
  "rules.draft": ["owner", "admin", "editor"],
  "rules.publish": ["owner", "admin"],
  "rules.roll-back": ["owner", "admin"],
  "rules.pause": ["owner", "admin"],
  "costs.read": ["owner", "admin", "editor", "viewer", "finance"],
  "costs.export": ["owner", "admin", "editor", "viewer", "finance"],
  "cache.read": ["owner", "admin"],
  "cache.purge": ["owner", "admin"],
  "connect.use": ["owner", "admin", "editor", "viewer", "developer", "finance"],
  "own-keys.manage": ["owner", "admin", "editor", "viewer", "developer", "finance"],
  "keys.manage": ["owner", "admin"],
  /** Limits of people, teams and projects, and the team a person belongs to. */
  "limits.manage": ["owner", "admin"],
  /** Sessions and access tokens of the actor. */
  "own-access.manage": ["owner", "admin", "editor", "viewer", "developer", "finance"],
  /** Sessions and access tokens of other people. */
  "access.manage": ["owner", "admin"],
  "team.read": ["owner", "admin"],
  "team.invite": ["owner", "admin"],
  "team.change-role": ["owner", "admin"],
  "team.disable": ["owner", "admin"],
  "team.make-owner": ["owner"],
  "audit.read": ["owner", "admin"],
  "ledger.verify": ["owner", "admin"],
  "ledger.rebuild": ["owner", "admin"],
  "settings.read": ["owner", "admin"],
  "settings.change": ["owner", "admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof allowed;
export const permissions = Object.keys(allowed) as Permission[];

/** Lists the roles that hold a permission, for sentences such as "only admins publish". */
export const rolesWith = (permission: Permission): readonly Role[] => allowed[permission];

/** Whether a role holds a permission. */
export const roleMay = (role: string, permission: Permission): boolean =>
  (allowed[permission] as readonly string[]).includes(role);

/** Whether a role holds a permission; with `scopes`, the token needs the permission's scope as well. */
export const mayWith = (role: string, scopes: readonly Scope[] | null, permission: Permission): boolean =>
  roleMay(role, permission) && (scopes === null || scopes.includes(scopeOfPermission[permission]));

export function may(actor: Actor, permission: Permission): boolean {
  if (actor.kind !== "person") return true;
  return mayWith(actor.role, actor.token?.scopes ?? null, permission);
}

/**
 * Throws `auth.forbidden` with the roles that may, or `token.no-scope` with the missing scope. The object itself is
 * checked by the verb that loads it.
 */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (may(actor, permission)) return;
  if (actor.kind === "person" && roleMay(actor.role, permission)) throw noScope(permission);
  throw new AppError("auth.forbidden", { permission, roles: rolesWith(permission) });
}

/** Builds the refusal of a token whose person holds the permission but whose scopes do not include it. */
export function noScope(permission: Permission): AppError {
  const scope = scopeOfPermission[permission];
  const text = `This access token does not have the scope “${scope}”. Create one that has it in Settings.`;
  return new AppError("token.no-scope", { permission, scope }, text);
}

/** Throws `token.needs-session` for an access token: some actions need a session even where the person may do them. */
export function refuseTokens(actor: Actor): void {
  if (actor.kind === "person" && actor.token) throw new AppError("token.needs-session");
}
