import type * as z from "zod";
import { databaseRefusal } from "#control/database-away.ts";
import { type ControlDeps, controlDeps } from "#control/deps.ts";
import { parseInput } from "#control/input.ts";
import { checkProxyKey, type KnownKey } from "#control/keys/check.ts";
import { logLine } from "#control/log-line.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { parseBearer } from "#core/access/bearer.ts";
import { PROXY_KEY_PREFIX } from "#core/access/own-secrets.ts";
import { type Permission, requirePermission } from "#core/access/permissions.ts";
import { PERSON_HEADER } from "#core/access/session-cookie.ts";
import { CONSOLE_BODY_BYTES_MAX, isTooDeep, PUBLIC_BODY_BYTES_MAX } from "#core/console-body.ts";
import { AppError, apiErrorBody, errorLink } from "#core/errors.ts";
import { findRepeatedName } from "#core/repeated-name.ts";
import { readCaller } from "./actor.ts";
import { isSameOrigin, readAddress } from "./origin.ts";
import { invalidField, refuseQuery, singleParams } from "./query.ts";

type Params = Record<string, string>;

/** Requirements of a route on its caller, checked before the request is read. */
export type Access = Permission | "signed-in" | "public";

export interface Handler {
  (request: Request, context?: { params: Promise<Params> }): Promise<Response>;
  /** Read by the test that calls every route as every role. */
  access: Access;
}

interface ReadContext<Q> {
  actor: PersonActor;
  /** Search parameters, parsed by the route's schema. */
  query: Q;
  params: Params;
  deps: ControlDeps;
  request: Request;
}

interface WriteContext<I> {
  actor: PersonActor;
  /** JSON body, parsed by the route's schema. */
  input: I;
  params: Params;
  deps: ControlDeps;
  request: Request;
}

interface PublicContext<I> extends Omit<WriteContext<I>, "actor"> {
  address: string | null;
}

/**
 * A route that reads for a signed-in person who holds the permission; without it the query is not looked at. Which
 * objects they may see is for the verb to say. What the handler returns is sent as JSON, a Response as it is.
 */
export function readRoute<S extends z.ZodType>(
  access: Exclude<Access, "public">,
  querySchema: S,
  handle: (context: ReadContext<z.output<S>>) => Promise<unknown>,
): Handler {
  return answering(access, async (request, params, deps, meet) => {
    const { actor } = await readCaller(request.headers, deps);
    if (!actor) throw new AppError("auth.required");
    meet(actor);
    if (access !== "signed-in") requirePermission(actor, access);
    const query = parseInput(querySchema, singleParams(new URL(request.url).searchParams));
    return handle({ actor, query, params, deps, request });
  });
}

interface OwnContext<Q> extends Omit<ReadContext<Q>, "actor"> {
  caller: { actor: PersonActor } | { key: KnownKey };
}

/** Like `readRoute`, and also for programs that have no more than a proxy key: of that key, and nothing else. */
export function ownRoute<S extends z.ZodType>(
  access: Permission,
  querySchema: S,
  handle: (context: OwnContext<z.output<S>>) => Promise<unknown>,
): Handler {
  const forPeople = readRoute(access, querySchema, ({ actor, ...rest }) => handle({ caller: { actor }, ...rest }));
  const forKeys = answering(access, async (request, params, deps) => {
    const key = await checkProxyKey(parseBearer(request.headers.get("authorization")) ?? "", deps);
    if (!key) throw new AppError("auth.bad-key");
    const query = parseInput(querySchema, singleParams(new URL(request.url).searchParams));
    return handle({ caller: { key }, query, params, deps, request });
  });
  const handler = (request: Request, context?: { params: Promise<Params> }) =>
    parseBearer(request.headers.get("authorization"))?.startsWith(PROXY_KEY_PREFIX)
      ? forKeys(request, context)
      : forPeople(request, context);
  return Object.assign(handler, { access });
}

/**
 * A route that changes something for a signed-in person who holds the permission. Refused in this order: what another web
 * site made the browser send, callers without a sign-in, callers without the permission; and only then, having looked at
 * the body, one that is not JSON, larger than 1 MB or not of the schema's shape. A DELETE may come without a body.
 */
export function writeRoute<S extends z.ZodType>(
  access: Exclude<Access, "public">,
  bodySchema: S,
  handle: (context: WriteContext<z.output<S>>) => Promise<unknown>,
): Handler {
  return answering(access, async (request, params, deps, meet) => {
    const { actor, by } = await readCaller(request.headers, deps);
    // Browsers never send a token unasked, but they send a cookie, so its origin is checked first.
    if (by !== "token" && !isSameOrigin(request.headers, deps.config)) throw new AppError("request.cross-site");
    if (!actor) throw new AppError("auth.required");
    meet(actor);
    if (access !== "signed-in") requirePermission(actor, access);
    refuseQuery(request);
    const input = parseInput(bodySchema, await readInput(request));
    return handle({ actor, input, params, deps, request });
  });
}

/** Like `writeRoute`, for routes before sign-in: set-up, invitation, password reset. */
export function publicWriteRoute<S extends z.ZodType>(
  bodySchema: S,
  handle: (context: PublicContext<z.output<S>>) => Promise<unknown>,
): Handler {
  return answering("public", async (request, params, deps) => {
    if (!isSameOrigin(request.headers, deps.config)) throw new AppError("request.cross-site");
    refuseQuery(request);
    requireJson(request);
    const input = parseInput(bodySchema, await readJsonBody(request, PUBLIC_BODY_BYTES_MAX));
    return handle({ input, params, deps, request, address: readAddress(request.headers) });
  });
}

/**
 * Runs a handler, and names the caller to the proxy in front. Refusals become the contract's error body, unexpected
 * errors a plain 500 and one log line.
 */
function answering(
  access: Access,
  work: (request: Request, params: Params, deps: ControlDeps, meet: (actor: PersonActor) => void) => Promise<unknown>,
): Handler {
  const handler = async (request: Request, context?: { params: Promise<Params> }) => {
    let personId: string | null = null;
    const respond = async () => {
      const params = (await context?.params) ?? {};
      const value = await work(request, params, await controlDeps(), ({ id }) => {
        personId = id;
      });
      return value instanceof Response ? value : json(value ?? {}, 200);
    };
    const response = await respond().catch((error: unknown) => errorResponse(error, request));
    if (personId !== null) response.headers.set(PERSON_HEADER, personId);
    return response;
  };
  return Object.assign(handler, { access });
}

/** The contract's error body for a thrown value; the message of an unexpected error stays in the log. */
export function errorResponse(error: unknown, request: Request): Response {
  const refusal = error instanceof AppError ? error : new AppError(databaseRefusal(error) ?? "internal");
  if (!(error instanceof AppError)) {
    const message = error instanceof Error ? error.message : String(error);
    const path = new URL(request.url).pathname;
    logLine("error", "request failed", { method: request.method, path, message });
  }
  const response = json(apiErrorBody(refusal, new Date()), refusal.status);
  response.headers.set("link", errorLink(refusal.code));
  const { retryAfterS } = refusal.details;
  if (typeof retryAfterS === "number") response.headers.set("retry-after", String(retryAfterS));
  return response;
}

function json(value: unknown, status: number): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

/** Refuses a request whose content type is not JSON (`request.invalid`): a form of another site cannot send it. */
export function requireJson(request: Request): void {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new AppError("request.invalid", {}, "Send the request as JSON (content-type: application/json).");
  }
}

/** What a request that changes something says. A DELETE names it in its address: without a body it says `{}`. */
async function readInput(request: Request): Promise<unknown> {
  if (request.method !== "DELETE") {
    requireJson(request);
    return readJsonBody(request);
  }
  const body = await readBody(request, CONSOLE_BODY_BYTES_MAX);
  if (body.length === 0) return {};
  requireJson(request);
  return parseJson(body);
}

/**
 * The JSON body, bounded while it is read. Throws `request.too-large`, and `request.invalid` for what is not JSON or
 * repeats a name.
 */
export async function readJsonBody(request: Request, bytesMax = CONSOLE_BODY_BYTES_MAX): Promise<unknown> {
  return parseJson(await readBody(request, bytesMax));
}

/** What Content-Length claims proves nothing. */
async function readBody(request: Request, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (!next || next.done) break;
    bytes += next.value.byteLength;
    if (bytes > bytesMax) {
      await reader?.cancel();
      throw new AppError("request.too-large");
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  const text = toText(body) ?? "";
  if (isTooDeep(text)) throw new AppError("request.invalid", {}, "The body is nested too deeply.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError("request.invalid", {}, "The body is not valid JSON.");
  }
  const repeated = findRepeatedName(text);
  if (repeated !== null) throw invalidField(repeated, "This is given more than once.");
  return value;
}

/** Null for what is not UTF-8. */
function toText(body: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return null;
  }
}
