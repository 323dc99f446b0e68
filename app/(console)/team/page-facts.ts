import type { Role } from "#core/access/roles.ts";

/** The reader of the page. */
export interface Me {
  id: string;
  role: Role;
}

/** How the identity provider is configured; no secret among it. */
export interface OidcFacts {
  name: string;
  issuer: string;
  defaultRole: string | null;
}
