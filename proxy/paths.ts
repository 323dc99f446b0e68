import type { Endpoint } from "#core/activity/request-event.ts";
import type { Target } from "./guard.ts";

/** Who a path belongs to. `model`: traffic for the provider. */
export type Route =
  | { kind: "model"; endpoint: Endpoint; path: string; query: string; project: string | null; team: string | null }
  | { kind: "probe" | "health" | "metrics" | "stats" | "stream" | "console" };

/** First segments that are pages or our own API, never a project. */
const RESERVED = new Set(["api", "_next", "v1", "health", "healthz", "livez", "readyz", "metrics", "terminal"]);
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/;
const STATS = new Set(["/api/overrides/stats", "/api/cache/stats", "/api/machine/stats", "/api/project/stats"]);

/** Routes by path alone: neither the Host nor any other header has a say in it. */
export function routeOf({ path, query }: Target, method: string): Route {
  if (path === "/health" || path === "/livez" || path === "/readyz") return { kind: "health" };
  if (path === "/metrics") return { kind: "metrics" };
  if (path === "/api/stream") return { kind: "stream" };
  if (STATS.has(path)) return { kind: "stats" };
  if (path === "/healthz" || (method === "HEAD" && (path === "/" || path === "/api/hello"))) return { kind: "probe" };
  const at = path.indexOf("/v1/");
  if (at === -1) return { kind: "console" };
  const owner = ownerOf(path.slice(0, at));
  if (owner === null) return { kind: "console" };
  const own = path.slice(at).replace(/^\/v1\/v1(?=\/)/, "/v1");
  return { kind: "model", endpoint: endpointOf(own), path: own, query, ...owner };
}

/** `/p/<project>`, `/t/<team>/<project>`, `/<project>`, `/<team>/<project>` or nothing; null when it is none of these. */
function ownerOf(prefix: string): { project: string | null; team: string | null } | null {
  if (prefix === "") return { project: null, team: null };
  const [first = "", second, third, ...more] = prefix.slice(1).split("/");
  if (more.length > 0 || RESERVED.has(first)) return null;
  for (const segment of [first, second, third]) if (segment !== undefined && !SEGMENT.test(segment)) return null;
  if (third !== undefined) return first === "t" ? { team: second ?? null, project: third } : null;
  if (second === undefined) return { team: null, project: first };
  if (first === "p") return { team: null, project: second };
  return first === "t" ? { team: second, project: null } : { team: first, project: second };
}

function endpointOf(path: string): Endpoint {
  if (path === "/v1/messages") return "messages";
  if (path === "/v1/messages/count_tokens") return "count_tokens";
  if (path === "/v1/messages/batches" || path.startsWith("/v1/messages/batches/")) return "batches";
  if (path === "/v1/models" || path.startsWith("/v1/models/")) return "models";
  if (path === "/v1/files" || path.startsWith("/v1/files/")) return "files";
  return "other";
}
