import type { RuleVersionSummary } from "#store/rule-versions.ts";

/** A published version as the console and the API show one; its text is asked for by number. */
export interface VersionView {
  number: number;
  comment: string;
  source: string;
  actorName: string;
  /** The access token it was published with; null without one. */
  tokenName: string | null;
  basedOn: number | null;
  /** Set for a roll back: the number whose content it repeats. */
  rolledBackTo: number | null;
  applies: "new-sessions" | "now";
  publishedAt: string;
}

export function versionView(row: RuleVersionSummary): VersionView {
  return {
    number: row.number,
    comment: row.comment,
    source: row.source,
    actorName: row.actorName,
    tokenName: row.tokenName,
    basedOn: row.basedOn,
    rolledBackTo: row.rolledBackTo,
    applies: row.applies === "now" ? "now" : "new-sessions",
    publishedAt: row.publishedAt.toISOString(),
  };
}
