import { ATTRIBUTION_NAME, type Attribution, DEFAULT_PROJECT } from "#core/access/attribution.ts";
import type { HolderTable } from "#core/access/holder-table.ts";
import type { HeldBy } from "#core/access/limit-holder.ts";
import { holdsAnySecret } from "#core/access/own-secrets.ts";
import type { BillingMode } from "#core/activity/request-event.ts";
import { AppError } from "#core/errors.ts";
import { trimOws } from "#core/protocol/ows.ts";
import { hashSecret } from "#store/hashes.ts";
import type { CallerRequest } from "../http1/caller-side.ts";
import { PerHead } from "../http1/per-head.ts";
import { findFrontProxy } from "../server/front-proxy.ts";
import type { Route } from "../server/paths.ts";
import { isSubscription, readCredentials } from "./read-credentials.ts";

/** A live proxy key as the ledger's state names it. */
export interface KeyHolder {
  id: string;
  name: string;
  personId: string | null;
  personEmail: string | null;
  team: string | null;
  project: string | null;
  expiresAtMs: number | null;
  attribution: Attribution;
  /** The limits of the key itself and of its person; null: there are none. */
  own: HeldBy | null;
}

/** The caller of a request, the project and team it counts for, and the credential it goes on with. */
export interface Caller {
  project: string;
  team: string | null;
  personId: string | null;
  personEmail: string | null;
  proxyKeyId: string | null;
  /** The display name of the key: rules may name it. */
  proxyKeyName: string | null;
  /** Holders whose limits apply: key, person, team and project; null: no limit applies. */
  held: HeldBy | null;
  billingMode: BillingMode;
  /** The proxy key as the server knows it; null without one. */
  holder: KeyHolder | null;
  /** Whether a credential for the provider was sent, valid or not. */
  hasOwnCredential: boolean;
  /** Set when the operator's key takes the place of the caller's credential. */
  operatorKey: string | null;
  /** Distinguishes callers without a session id; never stored, never logged. Computed on demand: few need it. */
  credentialHash(): string;
}

export interface Admission {
  requireKey: boolean;
  /** Asked of requests that a front proxy passes on, whose callers may be on other machines. */
  requireForwardedKey: boolean;
  operatorKey: string | null;
  /** Finds a live key by the hash of its secret. Null while no state of keys is loaded yet. */
  keys: ReadonlyMap<string, KeyHolder> | null;
  /** The limits of persons, teams and projects. */
  holders: HolderTable;
  nowMs: number;
}

/**
 * Identifies and admits a caller, or throws the reason. Reads headers only, so that no body is read before its sender
 * is known.
 */
export function admit(request: CallerRequest, route: Extract<Route, { kind: "model" }>, admission: Admission): Caller {
  const claims = credentials.of(request.headers);
  const { secrets } = claims;
  if (secrets.problem !== null)
    throw new AppError("auth.bad-key", { why: secrets.problem.why }, secrets.problem.message);
  if (claims.secretName !== null) throw new AppError("request.invalid", {}, secretAsName(claims.secretName));
  const holder = claims.proxyKeyHash === null ? null : findHolder(claims.proxyKeyHash, admission);
  if (holder === null) {
    if (admission.requireKey) throw new AppError("auth.required", {}, KEY_WANTED);
    const saidIn = admission.requireForwardedKey ? claims.frontProxy() : null;
    if (saidIn !== null) throw new AppError("auth.required", {}, keyWantedForwarded(saidIn));
  }
  const usesOperatorKey = holder !== null && secrets.own === null;
  if (usesOperatorKey && admission.operatorKey === null)
    throw new AppError("auth.bad-key", { why: "own-missing" }, NO_OPERATOR_KEY);
  if (usesOperatorKey && route.endpoint === "other") throw new AppError("auth.forbidden", {}, UNKNOWN_COST);
  // Let a locked key count only for what it names. Otherwise any caller could book its costs to another project.
  const mayName = holder === null || holder.attribution === "free";
  const project = (mayName ? (claims.project ?? route.project) : null) ?? holder?.project ?? DEFAULT_PROJECT;
  const team = (mayName ? (claims.team ?? route.team) : null) ?? holder?.team ?? null;
  return {
    project,
    team,
    personId: holder?.personId ?? null,
    personEmail: holder?.personEmail ?? null,
    proxyKeyId: holder?.id ?? null,
    proxyKeyName: holder?.name ?? null,
    held: admission.holders.findAll(holder?.own ?? null, team, project),
    billingMode: claims.billingMode,
    holder,
    hasOwnCredential: secrets.allOwn.length > 0,
    operatorKey: usesOperatorKey ? admission.operatorKey : null,
    credentialHash: claims.credentialHash,
  };
}

/**
 * Finds the hash of a proxy key that is not in the table. Null when the key is in the table, or there is no key, or no
 * table yet.
 */
export function findUnknownKey(request: CallerRequest, { keys }: Admission): string | null {
  const { proxyKeyHash } = credentials.of(request.headers);
  return proxyKeyHash === null || keys === null || keys.has(proxyKeyHash) ? null : proxyKeyHash;
}

/** The identity and attribution a caller claims in its headers. */
const credentials = new PerHead((headers) => {
  const secrets = readCredentials(headers);
  const { proxyKey, own, allOwn } = secrets;
  let credentialHash: string | null = null;
  let frontProxy: string | null | undefined;
  return {
    secrets,
    secretName: NAME_HEADERS.find((name) => holdsAnySecret(String(headers[name] ?? ""))) ?? null,
    project: nameIn(headers["x-cco-project"]),
    team: nameIn(headers["x-cco-team"]),
    billingMode: isSubscription(headers, secrets) ? ("subscription" as const) : ("metered" as const),
    proxyKeyHash: proxyKey === null ? null : hashSecret(proxyKey),
    // Asked of callers without a proxy key only, and not where the operator serves those.
    frontProxy: (): string | null => {
      if (frontProxy === undefined) frontProxy = findFrontProxy({ headers });
      return frontProxy;
    },
    credentialHash: (): string => {
      credentialHash ??= hashSecret(own === null ? (proxyKey ?? "") : allOwn.join("\n"));
      return credentialHash;
    },
  };
});

/** Names that a caller may give its requests; stored, shown and exported. */
const NAME_HEADERS = ["x-cco-project", "x-cco-team"] as const;

const secretAsName = (header: string): string =>
  `${header} holds a secret where a name belongs. Name a project or team there; a proxy key goes into x-cco-key, x-api-key or Authorization.`;

const KEY_WANTED =
  "This CCO wants a proxy key. Ask an admin for one and set it as ANTHROPIC_AUTH_TOKEN (it begins with cco_).";
const HEADER_SHOWN_MAX = 60;
const keyWantedForwarded = (header: string): string =>
  `A front proxy passed this request on, as its header ${header.slice(0, HEADER_SHOWN_MAX)} says, so its caller may be on another machine, and those need a proxy key. Ask an admin for one and set it as ANTHROPIC_AUTH_TOKEN (it begins with cco_). With CCO_REQUIRE_KEY=0 CCO serves callers without one.`;
const NO_OPERATOR_KEY =
  "This CCO has no key for the model provider. Send yours beside the proxy key: the proxy key in x-cco-key, your own in x-api-key or Authorization.";

const UNKNOWN_COST =
  "CCO's own key is for messages, token counts, models, files and batches: what this endpoint costs would not be counted. Send a key of your own beside the proxy key.";

function findHolder(hash: string, { keys, nowMs }: Admission): KeyHolder {
  if (keys === null)
    throw new AppError(
      "busy",
      {},
      "CCO cannot check proxy keys now: its database has not answered since the start, or not for 24 hours. Try again in a moment.",
    );
  // Looked up by its hash: the time this takes reveals nothing about any secret.
  const holder = keys.get(hash);
  if (holder === undefined || (holder.expiresAtMs !== null && holder.expiresAtMs <= nowMs)) {
    throw new AppError("auth.bad-key");
  }
  return holder;
}

/** Parses a name fit for tables and rules; any other value counts as none. Secrets are refused before. */
function nameIn(header: string | string[] | undefined): string | null {
  const name = typeof header === "string" ? trimOws(header) : "";
  return ATTRIBUTION_NAME.test(name) ? name : null;
}
