import type { KeyLimits } from "#core/access/key-limits.ts";

/** Holder in the dialog: a team, a project, or everybody. */
export interface Holder {
  kind: "team" | "project" | "everybody";
  /** Empty for everybody, and while a new one has no name yet. */
  name: string;
  limits: KeyLimits | null;
}

/** Name of a holder inside a sentence. */
export const holderWords = ({ kind, name }: Pick<Holder, "kind" | "name">): string =>
  kind === "everybody" ? "everybody" : `the ${kind} ${name}`;
