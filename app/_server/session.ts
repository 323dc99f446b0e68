import type { NextAuthOptions } from "next-auth";
import { decode, type JWT } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import { ensureSessionSecret, requireStrongSecret } from "#config/session-secret.ts";
import { databaseRefusal } from "#control/database-away.ts";
import type { ControlDeps } from "#control/deps.ts";
import { logLine } from "#control/log-line.ts";
import { checkSession, type SessionClaim } from "#control/session/check-session.ts";
import { sessionMaxAgeMs } from "#control/session/open-session.ts";
import { type SignedIn, signIn } from "#control/session/sign-in.ts";
import { signInByIdentity } from "#control/session/sign-in-by-identity.ts";
import { sessionCookieName as sessionCookieNameWhen } from "#core/access/session-cookie.ts";
import { AppError } from "#core/errors.ts";
import { localPath } from "../_data/local-path.ts";
import { oidcProvider, outsideIdentity } from "./oidc.ts";

/** Age of the cookie; revocation is immediate, because every request reads the rows of session and person. */
const sessionMaxAgeS = sessionMaxAgeMs / 1000;

/** True where the console is reached by https: cookies are then Secure and bound to the host (`__Host-`). */
const isSecure = (deps: ControlDeps): boolean => deps.config.publicUrl?.startsWith("https://") ?? false;

export const sessionCookieName = (deps: ControlDeps): string => sessionCookieNameWhen(isSecure(deps));

/** Cookies that next-auth uses while the browser is at the identity provider. */
export const callbackCookieName = (deps: ControlDeps): string =>
  isSecure(deps) ? "__Host-cco.callback" : "cco.callback";

export function sessionSecret(deps: ControlDeps): string {
  const { sessionSecret: given, dataDir } = deps.config;
  return given ? requireStrongSecret(given, "NEXTAUTH_SECRET") : ensureSessionSecret(dataDir);
}

/** Claims of a session cookie that we sealed and that has not expired. `checkSession` decides whether it is still valid. */
export async function readSessionClaim(cookie: string | undefined, deps: ControlDeps): Promise<SessionClaim | null> {
  if (!cookie) return null;
  const token = await decode({ token: cookie, secret: sessionSecret(deps) }).catch(() => null);
  return token && claimIn(token);
}

/** Claims of a sealed token; null without a session id, as in cookies of older releases. */
function claimIn({ sub, sessionId, sessionVersion }: JWT): SessionClaim | null {
  if (!sub || typeof sessionId !== "string" || typeof sessionVersion !== "number") return null;
  return { sessionId, personId: sub, sessionVersion };
}

/** Browser and address of a request, for the list of sessions. */
interface SignInOrigin {
  address: string | null;
  browser: string | null;
}

/**
 * Runs next-auth for one request. It answers every failure of a password sign-in with 401; a fault of ours (a full
 * disk, a database that is away) is thrown instead, so that it is answered as by every other route.
 */
export async function runAuth(
  deps: ControlDeps,
  from: SignInOrigin,
  run: (options: NextAuthOptions) => Promise<Response>,
): Promise<Response> {
  const faults: unknown[] = [];
  const response = await run(authOptions(deps, from, (fault) => faults.push(fault)));
  if (faults.length > 0) throw faults[0];
  return response;
}

/** Options of next-auth for one request. `control` decides who may sign in. */
function authOptions(deps: ControlDeps, from: SignInOrigin, onFault: (fault: unknown) => void): NextAuthOptions {
  const { address, browser } = from;
  /** Person found for the identity provider's claims; set by `signIn`, read by `jwt` of the same request. */
  let arrived: SignedIn | null = null;
  const { oidc } = deps.config;
  return {
    secret: sessionSecret(deps),
    session: { strategy: "jwt", maxAge: sessionMaxAgeS },
    pages: { signIn: "/sign-in", error: "/sign-in", signOut: "/sign-in" },
    cookies: cookieOptions(isSecure(deps)),
    logger: { error: logProblem, warn: () => undefined, debug: () => undefined },
    providers: [passwordProvider(deps, from, onFault), ...(oidc ? [oidcProvider(oidc)] : [])],
    callbacks: {
      redirect: ({ url, baseUrl }) => ownPage(url, baseUrl),
      async signIn({ account, profile }) {
        if (account?.provider !== "oidc" || !oidc) return account?.provider === "password";
        try {
          const identity = outsideIdentity(oidc, account.providerAccountId, profile);
          arrived = await signInByIdentity(identity, address, deps, browser);
          return true;
        } catch (error) {
          const code = error instanceof AppError ? (error.details.why ?? error.code) : databaseRefusal(error);
          if (code === null) throw error;
          return `/sign-in?error=${encodeURIComponent(String(code))}`;
        }
      },
      jwt({ token, user }) {
        const person = arrived ?? (user as SignedIn | undefined);
        if (!person) return token;
        return { sub: person.id, sessionId: person.sessionId, sessionVersion: person.sessionVersion };
      },
      async session({ session, token }) {
        const claim = claimIn(token);
        const actor = claim && (await checkSession(claim, { via: "console", address }, deps));
        return {
          expires: actor ? session.expires : new Date(0).toISOString(),
          user: actor ? { name: actor.name } : {},
        };
      },
    },
  };
}

function passwordProvider(deps: ControlDeps, { address, browser }: SignInOrigin, onFault: (fault: unknown) => void) {
  return CredentialsProvider({
    id: "password",
    name: "Password",
    credentials: { email: {}, password: {} },
    authorize: (credentials) =>
      signIn(credentials, address, deps, browser).catch((error: unknown) => {
        // next-auth carries only a message; the browser gets a code and, for a lock, its duration.
        if (error instanceof AppError && error.status < 500)
          throw new Error(`${error.code} ${error.details.retryAfterS ?? ""}`.trim());
        onFault(error);
        throw new Error("internal");
      }),
  });
}

/** Target of a sign-in: a page of our origin, or its front page. */
function ownPage(url: string, baseUrl: string): string {
  const { origin } = new URL(baseUrl);
  const target = URL.canParse(url, baseUrl) ? new URL(url, baseUrl) : null;
  if (target?.origin !== origin) return baseUrl;
  const path = `${target.pathname}${target.search}${target.hash}`;
  // The provider's callback ends at the sign-in page, which checks its `next` with `localPath` again.
  return `${origin}${target.pathname === "/sign-in" ? path : localPath(path)}`;
}

/** Cookie options: the session is SameSite=Strict; cookies of the provider's callback are Lax. */
function cookieOptions(secure: boolean): NextAuthOptions["cookies"] {
  const prefix = secure ? "__Host-" : "";
  const strict = { httpOnly: true, sameSite: "strict", path: "/", secure } as const;
  const lax = { ...strict, sameSite: "lax" } as const;
  return {
    sessionToken: { name: `${prefix}cco.session`, options: strict },
    csrfToken: { name: `${prefix}cco.csrf`, options: strict },
    callbackUrl: { name: `${prefix}cco.callback`, options: lax },
    pkceCodeVerifier: { name: `${prefix}cco.pkce`, options: { ...lax, maxAge: 900 } },
    state: { name: `${prefix}cco.state`, options: { ...lax, maxAge: 900 } },
    nonce: { name: `${prefix}cco.nonce`, options: { ...lax, maxAge: 900 } },
  };
}

/** Logs one line for the operator; never next-auth's metadata, which may contain credentials. */
function logProblem(code: string, error: unknown): void {
  const message = error instanceof Error ? error.message : ((error as { error?: Error })?.error?.message ?? "");
  logLine("warn", "sign-in problem", { code, message });
}
