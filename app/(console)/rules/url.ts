type Search = Record<string, string | string[] | undefined>;

/** A version number in an address; null when there is none or it is not one. */
export function versionIn(search: Search, name: string): number | null {
  const text = search[name];
  return typeof text === "string" && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

const diffViews = ["meaning", "side", "text"] as const;
export type DiffView = (typeof diffViews)[number];

/** How a comparison is shown; in words unless the address says otherwise. */
export const diffViewIn = (search: Search): DiffView => diffViews.find((view) => view === search.view) ?? "meaning";
