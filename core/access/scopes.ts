/** What an access token may be allowed to do. A token never does more than its person's role, whatever its scopes. */
export const scopes = ["read", "export", "rules", "cache", "keys", "people", "settings"] as const;
export type Scope = (typeof scopes)[number];
const isScope = (value: unknown): value is Scope => scopes.includes(value as Scope);

/** Scopes as they are stored: names with a comma between. What is not known (any more) gives nothing. */
export const parseScopes = (text: string): Scope[] => text.split(",").filter(isScope);

/** Scopes for storing, in the order of the list and each once. */
export const formatScopes = (wanted: readonly Scope[]): string =>
  scopes.filter((scope) => wanted.includes(scope)).join(",");
