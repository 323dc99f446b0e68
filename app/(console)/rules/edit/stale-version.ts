import type { ApiError } from "#app/_data/get-json.ts";
import type { BaseVersion } from "./base-version.ts";

/** The version that was published meanwhile, if that is why the server refused. */
export function staleVersionIn(error: ApiError): BaseVersion | null {
  const { current, toml, actorName, comment } = error.details;
  if (error.status !== 409 || typeof current !== "number" || typeof toml !== "string") return null;
  return { number: current, toml, actorName: String(actorName ?? ""), comment: String(comment ?? "") };
}
