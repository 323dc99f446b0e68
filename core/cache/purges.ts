import { ownValue } from "#core/own-value.ts";

/** Part of the response cache that a purge removes. */
export type PurgeTarget = { kind: "all" } | { kind: "person"; personId: string } | { kind: "model"; model: string };

/** Last purge of something, as the number of that purge. */
interface Purged {
  serial: number;
  atMs: number;
}

/**
 * Purges that may still concern a stored response, by number. A response carries the number its instance knew when it
 * was requested. A response older than a purge of its kind is gone on every instance, independent of their clocks,
 * and also one that was in flight at that moment.
 */
export interface CachePurges {
  serial: number;
  all: number;
  people: Readonly<Record<string, Purged>>;
  models: Readonly<Record<string, Purged>>;
}

/** Properties of a stored response that a purge compares. */
export interface Purgeable {
  purgeSerial: number;
  personId: string | null;
  servedModel: string;
}

export const NO_PURGES: CachePurges = { serial: 0, all: 0, people: {}, models: {} };

/** Longest lifetime of a response, and so of a purge's record: the greatest `ttl_seconds` a rules file may set. */
export const CACHE_TTL_SECONDS_MAX = 2_592_000;

/**
 * Adds a purge of everything, of a person or of a model. Returns new purges; older ones that match nothing any more
 * are left out.
 */
export function withPurge(purges: CachePurges, target: PurgeTarget, atMs: number): CachePurges {
  const serial = purges.serial + 1;
  if (target.kind === "all") return { ...NO_PURGES, serial, all: serial };
  const purged = { serial, atMs };
  const people = stillOfUse(purges.people, atMs);
  const models = stillOfUse(purges.models, atMs);
  return target.kind === "person"
    ? { ...purges, serial, people: { ...people, [target.personId]: purged }, models }
    : { ...purges, serial, people, models: { ...models, [target.model]: purged } };
}

/** Tests whether a stored answer is older than a purge that covers it. */
export function isPurged(
  { purgeSerial, personId, servedModel }: Purgeable,
  { all, people, models }: CachePurges,
): boolean {
  const ofPerson = personId === null ? 0 : (ownValue(people, personId)?.serial ?? 0);
  const ofModel = ownValue(models, servedModel)?.serial ?? 0;
  return purgeSerial < Math.max(all, ofPerson, ofModel);
}

/** Parses stored purges; unreadable text counts as none. */
export function readPurges(text: string | null): CachePurges {
  try {
    const { serial, all, people, models } = JSON.parse(text ?? "null") as Partial<CachePurges>;
    return { serial: Number(serial) || 0, all: Number(all) || 0, people: people ?? {}, models: models ?? {} };
  } catch {
    return NO_PURGES;
  }
}

function stillOfUse(purged: Readonly<Record<string, Purged>>, nowMs: number): Record<string, Purged> {
  const oldest = nowMs - CACHE_TTL_SECONDS_MAX * 1000;
  return Object.fromEntries(Object.entries(purged).filter(([, { atMs }]) => atMs >= oldest));
}
