import { holdsAnySecret, holdsOwnSecret } from "#core/access/own-secrets.ts";
import type { Endpoint } from "#core/activity/request-event.ts";
import { AppError } from "#core/errors.ts";
import type { Target } from "./guard.ts";
import { findEndpoint, generatesElsewhere, isUnclear, knownPathLike } from "./model-paths.ts";

/** The handler a path belongs to. `model`: traffic for the provider. */
export type Route =
  | { kind: "model"; endpoint: Endpoint; path: string; query: string; project: string | null; team: string | null }
  | { kind: "probe" | "health" | "metrics" | "stats" | "stream" | "console" };

/** First segments that are pages or our own API, never a project. */
const RESERVED = new Set(["api", "_next", "v1", "health", "healthz", "livez", "readyz", "metrics", "terminal"]);
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/;
const STATS = new Set(["/api/overrides/stats", "/api/cache/stats", "/api/machine/stats", "/api/project/stats"]);

/** Paths of clients that add no `/v1` themselves; `anthropic-version` shows that they are clients of the provider's API. */
const WITHOUT_VERSION = /\/(?:messages(?:\/count_tokens|\/batches(?:\/.*)?)?|models(?:\/.*)?|files(?:\/.*)?)$/;

/**
 * Routes by path alone: the Host and the other headers have no influence. `isApiClient` decides who owns a path without
 * `/v1`.
 */
export function findRoute({ path, query }: Target, method: string, isApiClient = false): Route {
  if (path === "/health" || path === "/livez" || path === "/readyz") return { kind: "health" };
  if (path === "/metrics") return { kind: "metrics" };
  if (path === "/api/stream") return { kind: "stream" };
  if (STATS.has(path)) return { kind: "stats" };
  if (path === "/healthz" || (method === "HEAD" && (path === "/" || path === "/api/hello"))) return { kind: "probe" };
  const at = path.indexOf("/v1/");
  if (at === -1) return isApiClient ? routeWithoutVersion(path, query, method) : { kind: "console" };
  const owner = parseAttribution(path.slice(0, at));
  if (owner === null) return { kind: "console" };
  guardAgainstSecrets(path, query);
  const own = path.slice(at).replace(/^\/v1\/v1(?=\/)/, "/v1");
  return { kind: "model", ...servedAs(own, method), query, ...owner };
}

const MESSAGES_ONLY =
  "This path is not served. CCO carries what models write at /v1/messages only, where rules and budgets apply: use the Messages API.";

const UNCLEAR = "This path is not served, because it can be read in more than one way";

function routeWithoutVersion(path: string, query: string, method: string): Route {
  const found = WITHOUT_VERSION.exec(path.replace(/\/$/, ""));
  // `/V1/…`, `/v2/…` and `/v1beta/…` are wrong versions, not projects.
  const isMisspelt = /^\/v\d[a-z0-9.]*\//i.test(path);
  const owner = found === null || isMisspelt ? null : parseAttribution(path.slice(0, found.index));
  if (found === null || owner === null) return { kind: "console" };
  guardAgainstSecrets(path, query);
  return { kind: "model", ...servedAs(`/v1${found[0]}`, method), query, ...owner };
}

const NO_SECRETS_HERE =
  "An address is no place for a secret: it is written down on its way. Send the proxy key in x-api-key, in x-cco-key or as Authorization: Bearer, and have this one replaced.";

/**
 * Refuses secrets in the path: the address goes on to the provider, and its names into tables. A project may be called
 * `cco_x`.
 */
function guardAgainstSecrets(path: string, query: string): void {
  if (holdsAnySecret(path) || (query !== "" && holdsOwnSecret(query)))
    throw new AppError("auth.bad-key", {}, NO_SECRETS_HERE);
}

/**
 * Matches a known endpoint, with or without a slash at its end. Any other spelling of one that the provider might
 * accept is refused: passed on as unknown, a message would meet no rule and no budget. So are other endpoints that
 * generate text.
 */
function servedAs(path: string, method: string): { endpoint: Endpoint; path: string } {
  const plain = path.endsWith("/") ? path.slice(0, -1) : path;
  const endpoint = findEndpoint(plain);
  if (endpoint === "messages" || endpoint === "count_tokens") return { endpoint, path: plain };
  const right = knownPathLike(path);
  // For a wrong spelling of a known endpoint, the refusal below names the right one.
  if ((right === null || findEndpoint(right) === endpoint) && generatesElsewhere(path, method))
    throw new AppError("not-found", {}, MESSAGES_ONLY);
  if (isUnclear(path))
    throw new AppError("not-found", {}, UNCLEAR + (right === null ? "." : `: the right one is ${right}.`));
  if (right === null || findEndpoint(right) === endpoint)
    return { endpoint, path: endpoint === "other" ? path : plain };
  throw new AppError("not-found", {}, `This path is not served. The right one is ${right}.`);
}

/**
 * Parses `/p/<project>`, `/t/<team>/<project>`, `/<project>`, `/<team>/<project>` or nothing; null when it is none of
 * these.
 */
function parseAttribution(prefix: string): { project: string | null; team: string | null } | null {
  if (prefix === "") return { project: null, team: null };
  const [first = "", second, third, ...more] = prefix.slice(1).split("/");
  if (more.length > 0 || RESERVED.has(first)) return null;
  for (const segment of [first, second, third]) if (segment !== undefined && !SEGMENT.test(segment)) return null;
  if (third !== undefined) return first === "t" ? { team: second ?? null, project: third } : null;
  if (second === undefined) return { team: null, project: first };
  if (first === "p") return { team: null, project: second };
  return first === "t" ? { team: second, project: null } : { team: first, project: second };
}
