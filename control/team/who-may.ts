import { type Permission, rolesWith } from "#core/access/permissions.ts";
import { namesWithRoles } from "#store/people.ts";
import type { ControlDeps } from "../deps.ts";

/**
 * Formats "Only owners and admins may do this: Ada Lovelace, Amir Haddad." Names are no secret within an
 * installation.
 */
export async function peopleWhoMay(permission: Permission, deps: ControlDeps): Promise<string> {
  const roles = rolesWith(permission);
  const names = await namesWithRoles(deps.db, roles);
  const plural = roles.map((role) => (role === "finance" ? "finance" : `${role}s`));
  const last = plural.at(-1) ?? "";
  const list = plural.length > 1 ? `${plural.slice(0, -1).join(", ")} and ${last}` : last;
  return `Only ${list} may do this${names.length > 0 ? `: ${names.join(", ")}` : ""}.`;
}
