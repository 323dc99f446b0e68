type Search = Record<string, string | string[] | undefined>;

/** Parses a version number of an address; null when missing or invalid. */
export function versionIn(search: Search, name: string): number | null {
  const text = search[name];
  return typeof text === "string" && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

const diffViews = ["meaning", "side", "text"] as const;
export type DiffView = (typeof diffViews)[number];

/** View of a comparison; in words by default. */
export const diffViewIn = (search: Search): DiffView => diffViews.find((view) => view === search.view) ?? "meaning";
