import { AppError } from "#core/errors.ts";
import type { Actor } from "./actor.ts";
import type { Role } from "./roles.ts";

/** The role matrix as data: the one place that says who may do what. */
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

/** The roles that hold a permission, for "only admins publish" sentences. */
export const rolesWith = (permission: Permission): readonly Role[] => allowed[permission];

export function may(actor: Actor, permission: Permission): boolean {
  if (actor.kind !== "person") return true;
  return (allowed[permission] as readonly Role[]).includes(actor.role);
}

/** Throws `auth.forbidden` naming the roles that may. The object itself is checked by the verb that loads it. */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (may(actor, permission)) return;
  throw new AppError("auth.forbidden", { permission, roles: rolesWith(permission) });
}
