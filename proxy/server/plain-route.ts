import { AppError } from "#core/errors.ts";
import { PerHead } from "../http1/per-head.ts";
import type { PlainHead } from "../http1/request-head.ts";
import { isProviderClient } from "./api-caller.ts";
import { findRoute, type Route } from "./paths.ts";

type ModelRoute = Extract<Route, { kind: "model" }>;

/**
 * The route of a message or a token count; null for everything else, which the full path handles. Short because it
 * remembers routes, and `paths.ts` only finds them.
 */
export const plainRoutes = new PerHead<ModelRoute | null, PlainHead>((head) => {
  const route = plainRoute(head);
  if (route === null) return null;
  const isOurs = route.kind === "model" && (route.endpoint === "messages" || route.endpoint === "count_tokens");
  return isOurs ? route : null;
});

/** Requests without a route are refused on the full path, with a message. */
function plainRoute(head: PlainHead): Route | null {
  try {
    return findRoute(head, "POST", isProviderClient(head.headers));
  } catch (problem) {
    if (problem instanceof AppError) return null;
    throw problem;
  }
}
