import type { ApiError } from "#app/_data/get-json.ts";
import type { BaseVersion } from "./base-version.ts";

/** The newer version, if the server refused because of it; else null. */
export function staleVersionIn(error: ApiError): BaseVersion | null {
  const { current, toml, actorName, comment } = error.details;
  if (error.status !== 409 || typeof current !== "number" || typeof toml !== "string") return null;
  return { number: current, toml, actorName: String(actorName ?? ""), comment: String(comment ?? "") };
}
