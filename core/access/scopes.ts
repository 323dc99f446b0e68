/** Scopes of an access token. A token never exceeds its person's role, independent of its scopes. */
export const scopes = ["read", "export", "rules", "cache", "keys", "people", "settings"] as const;
export type Scope = (typeof scopes)[number];
const isScope = (value: unknown): value is Scope => scopes.includes(value as Scope);

/** Parses stored scopes: names separated by commas. Unknown names are dropped and grant nothing. */
export const parseScopes = (text: string): Scope[] => text.split(",").filter(isScope);

/** Formats scopes for storage, in the order of the list and each once. */
export const formatScopes = (wanted: readonly Scope[]): string =>
  scopes.filter((scope) => wanted.includes(scope)).join(",");
