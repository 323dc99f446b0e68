import process from "node:process";
import { cookies } from "next/headers";
import { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { isSameOrigin, readAddress } from "#app/_server/origin.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { errorResponse, readJsonBody, requireJson } from "#app/_server/route.ts";
import { callbackCookieName, runAuth } from "#app/_server/session.ts";
import { type ControlConfig, type ControlDeps, controlDeps } from "#control/deps.ts";
import { formatBrowser } from "#core/access/browser-name.ts";
import { PUBLIC_BODY_BYTES_MAX } from "#core/console-body.ts";
import { AppError } from "#core/errors.ts";

/**
 * Actions of next-auth that are open. Signing out is our own (`/api/sign-out`), because it ends a row and not only a
 * cookie.
 */
const open = {
  GET: ["csrf", "providers", "session", "callback/oidc", "signin", "error"],
  POST: ["callback/password", "signin/oidc"],
};

type Context = { params: Promise<{ nextauth: string[] }> };

async function handle(request: Request, context: Context): Promise<Response> {
  try {
    const action = (await context.params).nextauth.join("/");
    const deps = await controlDeps();
    if (!open[request.method === "POST" ? "POST" : "GET"].includes(action)) throw new AppError("not-found");
    const checked = request.method === "POST" ? await ownPost(request, deps.config) : request;
    await dropBadCallback(request, deps);
    // Without a configured address the host is the one our proxy accepted and set.
    process.env.AUTH_TRUST_HOST ??= "true";
    const response = await runAuth(deps, readOrigin(request.headers), (options) => NextAuth(options)(checked, context));
    response.headers.set("cache-control", "no-store");
    return response;
  } catch (error) {
    return errorResponse(error, request);
  }
}

/**
 * next-auth answers a way back that is no address with 500 (it takes it for a fault of the configuration). In the query it
 * is the caller's mistake; a cookie is removed, so that a browser with a broken one can sign in.
 */
async function dropBadCallback(request: Request, deps: ControlDeps): Promise<void> {
  if (!isAddress(new URL(request.url).searchParams.get("callbackUrl")))
    throw new AppError("request.invalid", { fields: { callbackUrl: "This is not an address." } });
  const jar = await cookies();
  const name = callbackCookieName(deps);
  if (!isAddress(jar.get(name)?.value)) jar.delete(name);
}

/** Valid callback values of next-auth: empty, a path, or an http address. */
function isAddress(text: string | null | undefined): boolean {
  if (!text) return true;
  const base = text.startsWith("/") ? "http://console.invalid" : undefined;
  return URL.canParse(text, base) && /^https?:$/.test(new URL(text, base).protocol);
}

/** Browser and address of a sign-in. */
const readOrigin = (headers: Headers) => ({
  address: readAddress(headers),
  browser: formatBrowser(headers.get("user-agent")),
});

/** Request of our own pages, its body bounded before next-auth reads it. */
async function ownPost(request: Request, config: ControlConfig): Promise<NextRequest> {
  if (!isSameOrigin(request.headers, config)) throw new AppError("request.cross-site");
  requireJson(request);
  const body = JSON.stringify(await readJsonBody(request, PUBLIC_BODY_BYTES_MAX));
  return new NextRequest(request.url, { method: "POST", headers: request.headers, body });
}

export { handle as GET, handle as POST };
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
