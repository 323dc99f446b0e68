import type { Role } from "#core/access/roles.ts";

export interface Me {
  id: string;
  role: Role;
}
