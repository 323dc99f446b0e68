export interface ChangedField {
  name: string;
  /** Null: the value did not exist, or equals the one after. */
  before: string | null;
  after: string | null;
  isChanged: boolean;
}

type Fields = Record<string, unknown> | null;

/**
 * Fields of an entry before and after; changed ones first, unchanged ones once. Short because it computes, and the
 * entry draws.
 */
export function changedFields(before: Fields, after: Fields): ChangedField[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const fields = names.map((name): ChangedField => {
    const was = shown(before?.[name]);
    const became = shown(after?.[name]);
    const isChanged = was !== became;
    return { name, before: isChanged ? was : null, after: became, isChanged };
  });
  const known = fields.filter((field) => field.before !== null || field.after !== null);
  return [...known.filter((field) => field.isChanged), ...known.filter((field) => !field.isChanged)];
}

function shown(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
