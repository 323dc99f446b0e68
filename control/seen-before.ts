import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { AppError } from "#core/errors.ts";
import { type AuditedTarget, listLatestAudit } from "#store/audit-list.ts";
import type { Tx } from "#store/client.ts";

/** The values a form began with, of the fields that it changes or depends on. They are compared and never stored. */
type Seen<T> = { [Name in keyof T]?: unknown };

/** Entries that are looked through for the change. */
const ENTRIES_MAX = 100;

/** `field`: the action changes this one alone, and its entry does not hold it. */
type SeenTarget = AuditedTarget & { field?: string };

/** Schema of `was`: any values of these fields, as the API gave them. */
export const wasField = <Name extends string>(names: readonly Name[]) =>
  z.strictObject(
    Object.fromEntries(names.map((name) => [name, z.unknown().optional()])) as Record<
      Name,
      z.ZodOptional<z.ZodUnknown>
    >,
  );

/** The parsed fields that the input names; a schema also fills in those that it does not. */
export const namedFields = <T extends object>(parsed: T, input: unknown): Partial<T> =>
  Object.fromEntries(
    Object.entries(parsed).filter(([name]) => (input as Record<string, unknown>)[name] !== undefined),
  ) as Partial<T>;

/**
 * Refuses a change where a field is no longer what the sender saw. Throws `changed-meanwhile`, with who changed it. A
 * field that already is as wanted is let through. `stored` is null while there is nothing, and `was` where the sender
 * saw nothing. `what` ends "Ada changed …". Call it in the transaction of the change.
 */
export async function refuseStale<T extends object>(
  tx: Tx,
  { stored, was, wanted = {} }: { stored: T | null; was: Seen<T> | null | undefined; wanted?: Partial<T> },
  { what, places }: { what: string; places: readonly SeenTarget[] },
): Promise<void> {
  if (was === undefined) return;
  const changed = changedFields(stored, was, wanted);
  if (changed.length === 0 && (stored === null) === (was === null)) return;
  const by = await findWhoChanged(tx, changed, places);
  const details = { changed, by: by?.actorName ?? null, at: by?.at.toISOString() ?? null };
  const text = by && `${by.actorName} changed ${what} meanwhile, so nothing was saved. Load what is saved now first.`;
  throw new AppError("changed-meanwhile", details, text ?? undefined);
}

function changedFields<T extends object>(stored: T | null, was: Seen<T> | null, wanted: Partial<T>): string[] {
  if (stored === null || was === null) return [];
  return Object.entries(was)
    .filter(([name, seen]) => {
      const now = stored[name as keyof T];
      const isWanted = name in wanted && isDeepStrictEqual(now, wanted[name as keyof T]);
      return !isDeepStrictEqual(now, seen) && !isWanted;
    })
    .map(([name]) => name);
}

/** The newest entry that changed one of the fields; without any, as where all was removed, the newest one. */
async function findWhoChanged(tx: Tx, changed: readonly string[], places: readonly SeenTarget[]) {
  const entries = await listLatestAudit(tx, places, ENTRIES_MAX);
  const findField = (action: string) => places.find((place) => place.action === action)?.field;
  const hasChanged = ({ action, before, after }: (typeof entries)[number]) => {
    const only = findField(action);
    if (only !== undefined) return changed.includes(only);
    const [old, now] = [parseValues(before), parseValues(after)];
    return changed.some((name) => !isDeepStrictEqual(old[name] ?? null, now[name] ?? null));
  };
  return entries.find((entry) => changed.length === 0 || hasChanged(entry)) ?? null;
}

const parseValues = (text: string | null): Record<string, unknown> => (text === null ? {} : JSON.parse(text));
