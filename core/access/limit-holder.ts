import { isCounted, type KeyLimits } from "./key-limits.ts";

export const holderKinds = ["key", "person", "team", "project"] as const;
export type HolderKind = (typeof holderKinds)[number];

/** A key, person, team or project that has limits. Its counters are pooled over every key and instance. */
export interface LimitHolder {
  kind: HolderKind;
  /** The id of the key or person; the name of the team or project. */
  id: string;
  limits: KeyLimits;
}

/** Every holder whose limits apply to one request, narrowest first; built once per key, not once per request. */
export interface HeldBy {
  all: readonly LimitHolder[];
  /** Those of them that the gate has to count for. */
  counted: readonly LimitHolder[];
}

/** One name for the counter of a holder; kinds cannot collide. */
export const counterOf = ({ kind, id }: Pick<LimitHolder, "kind" | "id">): string => `${kind}:${id}`;

const ORDER: Readonly<Record<HolderKind, number>> = { key: 0, person: 1, team: 2, project: 3 };

/** The holders of one request in the order in which they are asked; null when none applies. */
export function buildHeldBy(holders: readonly LimitHolder[]): HeldBy | null {
  if (holders.length === 0) return null;
  const all = [...holders].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
  return { all, counted: all.filter(({ limits }) => isCounted(limits)) };
}

/** Whose limit it is, for the text of a refusal. */
export function formatHolder({ kind, id }: Pick<LimitHolder, "kind" | "id">): string {
  if (kind === "key") return "this proxy key";
  return kind === "person" ? "the owner of this proxy key" : `the ${kind} ${id}`;
}
