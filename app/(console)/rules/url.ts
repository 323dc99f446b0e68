import { paths } from "#app/paths.ts";

type Search = Record<string, string | string[] | undefined>;

/** Parses a version number of an address; null when missing or invalid. */
export function versionIn(search: Search, name: string): number | null {
  const text = search[name];
  return typeof text === "string" && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

const diffViews = ["meaning", "side", "text"] as const;
export type DiffView = (typeof diffViews)[number];

/** View of the page of one version, kept in the address. */
export interface VersionPageView {
  /** The version it is compared with; null: the one before it. */
  comparedWith: number | null;
  diff: DiffView;
}

/** Parses search parameters. Invalid ones become the default, so that old links open. */
export const readVersionView = (search: Search): VersionPageView => ({
  comparedWith: versionIn(search, "with"),
  diff: diffViews.find((view) => view === search.view) ?? "meaning",
});

export const versionAddress = (number: number, { comparedWith, diff }: VersionPageView): string =>
  comparedWith === null ? paths.ruleVersion(number) : paths.ruleCompare(comparedWith, number, diff);

/**
 * The version that `number` is compared with: the chosen one, else the previous, else (for the first version) the next.
 * Null when there is no other one.
 */
export function otherVersion(
  number: number,
  { comparedWith }: VersionPageView,
  versions: readonly { number: number }[],
): number | null {
  if (comparedWith !== null) return comparedWith === number ? null : comparedWith;
  const others = versions.filter((other) => other.number !== number);
  return others.find((other) => other.number < number)?.number ?? others.at(-1)?.number ?? null;
}
