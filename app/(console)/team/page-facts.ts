import { roleMay } from "#core/access/permissions.ts";
import type { Role } from "#core/access/roles.ts";

/** The reader of the page. */
export interface Me {
  id: string;
  role: Role;
}

/**
 * Whether the reader may make owners, and so change or remove one. The verbs of `control/team/` ask for the same
 * permission.
 */
export const mayMakeOwner = (me: Me): boolean => roleMay(me.role, "team.make-owner");

/** How the identity provider is configured; no secret among it. */
export interface OidcFacts {
  name: string;
  issuer: string;
  defaultRole: string | null;
}
