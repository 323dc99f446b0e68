import { AppError } from "#core/errors.ts";
import { PerHead } from "../http1/per-head.ts";
import type { PlainHead } from "../http1/request-head.ts";
import { isProviderClient } from "./api-caller.ts";
import { type Route, findRoute } from "./paths.ts";

type ModelRoute = Extract<Route, { kind: "model" }>;

/** The route of a message or a token count; null for everything else, which takes the long way. */
export const plainRoutes = new PerHead<ModelRoute | null, PlainHead>((head) => {
  const route = plainRoute(head);
  if (route === null) return null;
  const isOurs = route.kind === "model" && (route.endpoint === "messages" || route.endpoint === "count_tokens");
  return isOurs ? route : null;
});

/** What has no route is refused on the long way, in words. */
function plainRoute(head: PlainHead): Route | null {
  try {
    return findRoute(head, "POST", isProviderClient(head.headers));
  } catch (problem) {
    if (problem instanceof AppError) return null;
    throw problem;
  }
}
