import type { KeyLimits } from "#core/access/key-limits.ts";
import type { LimitsView } from "./queries.ts";

/** Holder in the dialog: a team, a project, everybody, or the organisation. */
export interface Holder {
  kind: "team" | "project" | "everybody" | "organisation";
  /** Empty for everybody and the organisation, and while a new one has no name yet. */
  name: string;
  limits: KeyLimits | null;
}

/** Name of a holder inside a sentence. */
export const holderWords = ({ kind, name }: Pick<Holder, "kind" | "name">): string =>
  kind === "everybody" ? "everybody" : kind === "organisation" ? "the organisation" : `the ${kind} ${name}`;

/** The limits of a holder as they are listed; null without any. */
export function findLimits(view: LimitsView, { kind, name }: Pick<Holder, "kind" | "name">): KeyLimits | null {
  if (kind === "everybody") return view.defaultForPeople;
  if (kind === "organisation") return view.organisation?.limits ?? null;
  return view[kind === "team" ? "teams" : "projects"].find((one) => one.name === name.trim())?.limits ?? null;
}
