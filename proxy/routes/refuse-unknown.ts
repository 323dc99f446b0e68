import { AppError } from "#core/errors.ts";

/** Parameters that browsers' libraries add against caches. */
const CACHE_BUSTER = "_";

/** Refuses unknown parameters: a misspelt one would return the figures of the whole installation. */
export function refuseUnknown(query: URLSearchParams, params: readonly string[]): void {
  for (const name of query.keys()) {
    const isOnce = query.getAll(name).length === 1;
    if (name === CACHE_BUSTER || (params.includes(name) && isOnce)) continue;
    const known = params.length === 0 ? "This address takes none." : `Known: ${params.join(", ")}.`;
    const what = params.includes(name) ? "is given more than once" : "is no parameter here";
    throw new AppError("request.invalid", {}, `“${name.slice(0, 40)}” ${what}. ${known}`);
  }
}
