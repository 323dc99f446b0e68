import process from "node:process";
import NextAuth from "next-auth";
import { addressOf, isSameOrigin } from "#app/_server/origin.ts";
import { errorResponse } from "#app/_server/route.ts";
import { authOptions } from "#app/_server/session.ts";
import { controlDeps } from "#control/deps.ts";
import { AppError } from "#core/errors.ts";

/** The doors of next-auth that are open here; signing out is our own (`/api/sign-out`), because it ends every session. */
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
    if (request.method === "POST") requireOwnPost(request, isSameOrigin(request.headers, deps.config));
    // Without a configured address the host is the one our proxy has accepted and set.
    process.env.AUTH_TRUST_HOST ??= "true";
    const response: Response = await NextAuth(authOptions(deps, addressOf(request.headers)))(request, context);
    response.headers.set("cache-control", "no-store");
    return response;
  } catch (error) {
    return errorResponse(error, request);
  }
}

function requireOwnPost(request: Request, isOwn: boolean): void {
  if (!isOwn) throw new AppError("request.cross-site");
  const isJson = request.headers.get("content-type")?.split(";")[0]?.trim() === "application/json";
  if (!isJson) throw new AppError("request.invalid", {}, "Send the request as JSON (content-type: application/json).");
  // next-auth reads the body itself; the door in front of it (our proxy) has counted the bytes.
  if (Number(request.headers.get("content-length") ?? 0) > bodyBytesMax) throw new AppError("request.too-large");
}

export { handle as GET, handle as POST };
