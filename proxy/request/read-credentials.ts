import type { IncomingHttpHeaders } from "node:http";
import { parseBearer } from "#core/access/bearer.ts";
import { holdsOwnSecret, looksLikeAccessToken, PROXY_KEY_PREFIX } from "#core/access/own-secrets.ts";

interface Credentials {
  proxyKey: string | null;
  /** The caller's own credential for the provider, in any header. */
  own: string | null;
  /** All credentials that go on to the provider: which of them counts there is not ours to decide. */
  allOwn: readonly string[];
  /** The bearer token among them. */
  ownBearer: string | null;
  /** Why a secret of ours in the request is not accepted. Null when a proxy key is there, or no such secret. */
  problem: CredentialProblem | null;
}

interface CredentialProblem {
  why: "misplaced-key" | "wrapped-key";
  message: string;
}

/** Headers that clients send credentials in. */
const CREDENTIAL_NAME = /auth|key|token|secret/;

/**
 * Reads credentials. A proxy key may stand in `x-cco-key`, `x-api-key` or `Authorization`; other values are the
 * caller's own.
 */
export function readCredentials(headers: IncomingHttpHeaders): Credentials {
  const marked = headers["x-cco-key"];
  const bearer = parseBearer(headers.authorization);
  const apiKey = headers["x-api-key"];
  // An unknown scheme is still the caller's own business with the provider.
  const authorization = bearer ?? (headers.authorization || null);
  const given = [typeof marked === "string" ? marked : null, typeof apiKey === "string" ? apiKey : null, authorization];
  const proxyKey = given.find((secret) => secret !== null && PROXY_KEY.test(secret)) ?? null;
  const allOwn = given
    .slice(1)
    .filter((secret): secret is string => secret !== null && secret !== "" && !holdsOwnSecret(secret));
  return {
    proxyKey,
    own: allOwn[0] ?? null,
    allOwn,
    ownBearer: bearer !== null && !holdsOwnSecret(bearer) ? bearer : null,
    problem: proxyKey === null ? misplacedSecret(headers) : null,
  };
}

/** Headers that a proxy key is read from, as a caller writes them. */
const KEY_HEADERS: ReadonlyMap<string, string> = new Map([
  ["x-cco-key", "x-cco-key"],
  ["x-api-key", "x-api-key"],
  ["authorization", "Authorization"],
]);

/**
 * Finds what is wrong with a secret of ours in a header; null without a problem. The secret is no proxy key, is not
 * alone in its header, or is in a header where none is read.
 */
function misplacedSecret(headers: IncomingHttpHeaders): CredentialProblem | null {
  for (const name in headers) {
    const value = CREDENTIAL_NAME.test(name) ? String(headers[name] ?? "") : "";
    if (!holdsOwnSecret(value)) continue;
    if (looksLikeAccessToken(value)) return { why: "misplaced-key", message: TOKEN_NOT_KEY };
    const header = KEY_HEADERS.get(name);
    return header === undefined
      ? { why: "misplaced-key", message: KEY_MISPLACED }
      : { why: "wrapped-key", message: keyNotAlone(header) };
  }
  return null;
}

/**
 * Whether a plan pays for the request, judged by its credentials. For a plan, the only credential that goes on is a
 * bearer token of a login. It is known by its form or, where its form is unknown, by the beta that clients name with
 * it. Beside an own key the request is metered. A header alone must not take what a key costs out of its budget.
 */
export function isSubscription(headers: IncomingHttpHeaders, { allOwn, ownBearer }: Credentials): boolean {
  if (ownBearer === null || allOwn.length > 1) return false;
  if (ownBearer.startsWith("sk-ant-")) return ownBearer.startsWith("sk-ant-oat");
  return String(headers["anthropic-beta"] ?? "").includes("oauth-");
}

/** A key alone, known or not: its random part is 256 bits in base64url at most. */
const PROXY_KEY = new RegExp(`^${PROXY_KEY_PREFIX}[\\w-]{1,43}$`);

const USE_PROXY_KEY =
  "A proxy key begins with cco_ and is sent in x-api-key, in x-cco-key or as Authorization: Bearer (ANTHROPIC_AUTH_TOKEN).";
const TOKEN_NOT_KEY = `This is an access token of the console, which model traffic does not take. ${USE_PROXY_KEY} Ask an admin for one.`;
const KEY_MISPLACED = `A secret of CCO stands where no proxy key is read. ${USE_PROXY_KEY}`;
const keyNotAlone = (header: string): string =>
  `${header} holds a proxy key with something around it, such as quotes, "Bearer" where none belongs, or another scheme. Send the key alone. ${USE_PROXY_KEY}`;
