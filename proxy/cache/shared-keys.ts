import { createHash } from "node:crypto";
import type { CacheKey } from "#core/cache/cache-key.ts";
import type { CachePurges } from "#core/cache/purges.ts";

/** Index values by which a response can be found for purging in the shared memory. */
export interface SharedKeyFields {
  /** Null where the response belongs to a project. */
  personId: string | null;
  servedModel: string;
}

/** Formats the key of a response in the shared memory. */
export const formatSharedKey = (key: CacheKey, { personId, servedModel }: SharedKeyFields): string =>
  `answer:${personId ?? "-"}:${hashModel(servedModel)}:${key}`;

/** Hashes a model name, which is a caller's text; a key of the shared memory is letters and digits. */
const hashModel = (model: string): string => createHash("sha256").update(model).digest("hex").slice(0, 16);

/** Builds the pattern of the keys that the purge with the highest number covers. */
export function patternOfLast({ serial, all, people, models }: CachePurges): string {
  if (all === serial) return "answer:*";
  const person = Object.entries(people).find(([, purged]) => purged.serial === serial)?.[0];
  if (person !== undefined) return `answer:${person}:*`;
  const model = Object.entries(models).find(([, purged]) => purged.serial === serial)?.[0];
  // Several purges at once since the last poll: an entry without this name is ignored, and expires.
  return model === undefined ? "answer:*" : `answer:*:${hashModel(model)}:*`;
}
