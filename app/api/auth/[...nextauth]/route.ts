import process from "node:process";
import { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { addressOf, isSameOrigin } from "#app/_server/origin.ts";
import { errorResponse, readJsonBody, requireJson } from "#app/_server/route.ts";
import { authOptions } from "#app/_server/session.ts";
import { type ControlConfig, controlDeps } from "#control/deps.ts";
import { formatBrowser } from "#core/access/browser-name.ts";
import { AppError } from "#core/errors.ts";

/** The doors of next-auth that are open here; signing out is our own (`/api/sign-out`), because it ends a row and not only a cookie. */
const open = {
  GET: ["csrf", "providers", "session", "callback/oidc", "signin", "error"],
  POST: ["callback/password", "signin/oidc"],
};

const bodyBytesMax = 16_384;

type Context = { params: Promise<{ nextauth: string[] }> };

async function handle(request: Request, context: Context): Promise<Response> {
  try {
    const action = (await context.params).nextauth.join("/");
    const deps = await controlDeps();
    if (!open[request.method === "POST" ? "POST" : "GET"].includes(action)) throw new AppError("not-found");
    const checked = request.method === "POST" ? await ownPost(request, deps.config) : request;
    // Without a configured address the host is the one our proxy has accepted and set.
    process.env.AUTH_TRUST_HOST ??= "true";
    const response: Response = await NextAuth(authOptions(deps, originOf(request.headers)))(checked, context);
    response.headers.set("cache-control", "no-store");
    return response;
  } catch (error) {
    return errorResponse(error, request);
  }
}

/** Where a sign-in comes from. */
const originOf = (headers: Headers) => ({
  address: addressOf(headers),
  browser: formatBrowser(headers.get("user-agent")),
});

/** A post of our own pages, its body bounded before next-auth reads it. */
async function ownPost(request: Request, config: ControlConfig): Promise<NextRequest> {
  if (!isSameOrigin(request.headers, config)) throw new AppError("request.cross-site");
  requireJson(request);
  const body = JSON.stringify(await readJsonBody(request, bodyBytesMax));
  return new NextRequest(request.url, { method: "POST", headers: request.headers, body });
}

export { handle as GET, handle as POST };
