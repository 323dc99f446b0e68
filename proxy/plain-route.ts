import { type Route, routeOf } from "./paths.ts";
import type { PlainHead } from "./wire/request-head.ts";

type ModelRoute = Extract<Route, { kind: "model" }>;

/** Requests of one connection share their head for as long as they say the same. */
const known = new WeakMap<PlainHead, ModelRoute | null>();

/** The route of a message or a token count; null for everything else, which takes the long way. */
export function plainRoute(head: PlainHead): ModelRoute | null {
  let route = known.get(head);
  if (route === undefined) {
    const found = routeOf(head, "POST");
    const isOurs = found.kind === "model" && (found.endpoint === "messages" || found.endpoint === "count_tokens");
    route = isOurs ? found : null;
    known.set(head, route);
  }
  return route;
}
