import { HeadFact } from "./head-fact.ts";
import { type Route, routeOf } from "./paths.ts";
import type { PlainHead } from "./wire/request-head.ts";

type ModelRoute = Extract<Route, { kind: "model" }>;

/** The route of a message or a token count; null for everything else, which takes the long way. */
export const plainRoutes = new HeadFact<ModelRoute | null, PlainHead>((head) => {
  const route = routeOf(head, "POST");
  const isOurs = route.kind === "model" && (route.endpoint === "messages" || route.endpoint === "count_tokens");
  return isOurs ? route : null;
});
