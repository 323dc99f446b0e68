import type { RuleVersionSummary } from "#store/rule-versions.ts";

/** A published version as shown by the console and the API; its text is read by number. */
export interface VersionView {
  number: number;
  comment: string;
  source: string;
  actorName: string;
  /** Access token it was published with; null without one. */
  tokenName: string | null;
  basedOn: number | null;
  /** Set for a roll back: the version whose content it repeats. */
  rolledBackTo: number | null;
  applies: "new-sessions" | "now";
  publishedAt: string;
}

/** One version of the rules as lists carry it, without its text. */
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
