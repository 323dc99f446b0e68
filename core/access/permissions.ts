import { AppError } from "#core/errors.ts";
import type { Actor } from "./actor.ts";
import type { Role } from "./roles.ts";
import type { Scope } from "./scopes.ts";

/**
 * Role matrix as data. It is the only place that says which roles hold a permission, and which scope a token needs for
 * it.
 */
const matrix = {
  "totals.read": { scope: "read", roles: ["owner", "admin", "editor", "viewer", "finance"] },
  "own-requests.read": { scope: "read", roles: ["owner", "admin", "editor", "viewer", "developer", "finance"] },
  "requests.read": { scope: "read", roles: ["owner", "admin", "editor", "viewer", "finance"] },
  "rules.read": { scope: "read", roles: ["owner", "admin", "editor", "viewer", "developer", "finance"] },
  "rules.draft": { scope: "rules", roles: ["owner", "admin", "editor"] },
  "rules.publish": { scope: "rules", roles: ["owner", "admin"] },
  "rules.roll-back": { scope: "rules", roles: ["owner", "admin"] },
  "rules.pause": { scope: "rules", roles: ["owner", "admin"] },
  "costs.read": { scope: "read", roles: ["owner", "admin", "editor", "viewer", "finance"] },
  "costs.export": { scope: "export", roles: ["owner", "admin", "editor", "viewer", "finance"] },
  /** What each model costs, and what is in force on which day. */
  "prices.read": { scope: "read", roles: ["owner", "admin", "editor", "viewer", "finance"] },
  "prices.change": { scope: "settings", roles: ["owner", "admin"] },
  /** Pricing a period again, and taking that back. */
  "costs.correct": { scope: "settings", roles: ["owner", "admin", "finance"] },
  /** Closing a month and opening it again. */
  "costs.close": { scope: "settings", roles: ["owner", "admin", "finance"] },
  /** Importing reports of the provider, to compare them with what was recorded. */
  "bills.import": { scope: "settings", roles: ["owner", "admin", "finance"] },
  "cache.read": { scope: "read", roles: ["owner", "admin"] },
  "cache.purge": { scope: "cache", roles: ["owner", "admin"] },
  "connect.use": { scope: "read", roles: ["owner", "admin", "editor", "viewer", "developer", "finance"] },
  "own-keys.manage": { scope: "keys", roles: ["owner", "admin", "editor", "viewer", "developer", "finance"] },
  "keys.manage": { scope: "keys", roles: ["owner", "admin"] },
  /** Limits of people, teams and projects, and the team a person belongs to. */
  "limits.manage": { scope: "keys", roles: ["owner", "admin"] },
  /** What is left of every budget, who spent it, and where it lands. */
  "budgets.read": { scope: "read", roles: ["owner", "admin", "editor", "viewer", "finance"] },
  /** Making a budget larger for a time. */
  "budgets.raise": { scope: "keys", roles: ["owner", "admin"] },
  /** Sessions and access tokens of the actor. */
  "own-access.manage": { scope: "people", roles: ["owner", "admin", "editor", "viewer", "developer", "finance"] },
  /** Sessions and access tokens of other people. */
  "access.manage": { scope: "people", roles: ["owner", "admin"] },
  "team.read": { scope: "people", roles: ["owner", "admin"] },
  "team.invite": { scope: "people", roles: ["owner", "admin"] },
  "team.change-role": { scope: "people", roles: ["owner", "admin"] },
  "team.disable": { scope: "people", roles: ["owner", "admin"] },
  "team.make-owner": { scope: "people", roles: ["owner"] },
  "audit.read": { scope: "export", roles: ["owner", "admin"] },
  "ledger.verify": { scope: "settings", roles: ["owner", "admin"] },
  "ledger.rebuild": { scope: "settings", roles: ["owner", "admin"] },
  "alerts.read": { scope: "read", roles: ["owner", "admin"] },
  /** Rules and channels of alerts; acknowledging and snoozing. */
  "alerts.manage": { scope: "settings", roles: ["owner", "admin"] },
  /** A backup holds everything but the secrets of the environment. */
  "backup.make": { scope: "settings", roles: ["owner", "admin"] },
  "backup.restore": { scope: "settings", roles: ["owner"] },
  /** Archiving old events and deleting them here. */
  "retention.run": { scope: "settings", roles: ["owner", "admin"] },
  "settings.read": { scope: "settings", roles: ["owner", "admin"] },
  "settings.change": { scope: "settings", roles: ["owner", "admin"] },
} as const satisfies Record<string, { scope: Scope; roles: readonly Role[] }>;

export type Permission = keyof typeof matrix;
export const permissions = Object.keys(matrix) as Permission[];

/** Lists the roles that hold a permission, for sentences such as "only admins publish". */
export const rolesWith = (permission: Permission): readonly Role[] => matrix[permission].roles;

/** Formats the roles that hold a permission: "owners, admins and editors". */
export function formatRolesWith(permission: Permission): string {
  const names = rolesWith(permission).map((role) => (role === "finance" ? "finance" : `${role}s`));
  const last = names.pop() ?? "";
  return names.length > 0 ? `${names.join(", ")} and ${last}` : last;
}

/** Returns the scope that an access token needs for a permission. */
export const scopeFor = (permission: Permission): Scope => matrix[permission].scope;

/** Whether a role holds a permission. */
export const roleMay = (role: string, permission: Permission): boolean =>
  (rolesWith(permission) as readonly string[]).includes(role);

/** Whether a role holds a permission; with `scopes`, the token needs the permission's scope as well. */
export const mayWith = (role: string, scopes: readonly Scope[] | null, permission: Permission): boolean =>
  roleMay(role, permission) && (scopes === null || scopes.includes(scopeFor(permission)));

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
  const scope = scopeFor(permission);
  const text = `This access token does not have the scope “${scope}”. Create one that has it in Settings.`;
  return new AppError("token.no-scope", { permission, scope }, text);
}

/** Throws `token.needs-session` for an access token: some actions need a session even where the person may do them. */
export function refuseTokens(actor: Actor): void {
  if (actor.kind === "person" && actor.token) throw new AppError("token.needs-session");
}
