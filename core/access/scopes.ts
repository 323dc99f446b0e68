import type { Permission } from "./permissions.ts";

/** What an access token may be allowed to do. A token never does more than its person's role, whatever its scopes. */
export const scopes = ["read", "export", "rules", "cache", "keys", "people", "settings"] as const;
export type Scope = (typeof scopes)[number];
const isScope = (value: unknown): value is Scope => scopes.includes(value as Scope);

/** The scope each permission belongs to: a new permission without one is a type error. */
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

/** Scopes as they are stored: names with a comma between. What is not known (any more) gives nothing. */
export const parseScopes = (text: string): Scope[] => text.split(",").filter(isScope);

/** Scopes for storing, in the order of the list and each once. */
export const formatScopes = (wanted: readonly Scope[]): string =>
  scopes.filter((scope) => wanted.includes(scope)).join(",");
