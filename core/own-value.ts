/**
 * Reads what a table holds under a key that comes from outside. Such a key is a caller's model, an address' parameter,
 * or an error's type. Without this, names such as "constructor" are found in every table, and what is found is no entry
 * of it.
 */
export const ownValue = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
