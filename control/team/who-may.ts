import { formatRolesWith, type Permission, rolesWith } from "#core/access/permissions.ts";
import { namesWithRoles } from "#store/people.ts";
import type { ControlDeps } from "../deps.ts";

/**
 * Formats "Only owners and admins may do this: Ada Lovelace, Amir Haddad." Names are no secret within an
 * installation.
 */
export async function peopleWhoMay(permission: Permission, deps: ControlDeps): Promise<string> {
  const names = await namesWithRoles(deps.db, rolesWith(permission));
  return `Only ${formatRolesWith(permission)} may do this${names.length > 0 ? `: ${names.join(", ")}` : ""}.`;
}
