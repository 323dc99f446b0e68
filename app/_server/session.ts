import type { NextAuthOptions } from "next-auth";
import { decode, type JWT } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import { ensureSessionSecret, requireStrongSecret } from "#config/session-secret.ts";
import type { ControlDeps } from "#control/deps.ts";
import { checkSession, type SessionClaim } from "#control/session/check-session.ts";
import { sessionMaxAgeMs } from "#control/session/open-session.ts";
import { type SignedIn, signIn } from "#control/session/sign-in.ts";
import { signInByIdentity } from "#control/session/sign-in-by-identity.ts";
import { AppError } from "#core/errors.ts";
import { localPath } from "../_data/local-path.ts";
import { oidcProvider, outsideIdentity } from "./oidc.ts";

/** The cookie's age; revocation does not wait for it, because every request asks the rows of session and person. */
const sessionMaxAgeS = sessionMaxAgeMs / 1000;

/** Cookies are Secure and bound to the host (`__Host-`) wherever the console is reached by https. */
const isSecure = (deps: ControlDeps): boolean => deps.config.publicUrl?.startsWith("https://") ?? false;

export const sessionCookieName = (deps: ControlDeps): string => (isSecure(deps) ? "__Host-cco.session" : "cco.session");

/** Where next-auth keeps the way back while the browser is at the identity provider. */
export const callbackCookieName = (deps: ControlDeps): string =>
  isSecure(deps) ? "__Host-cco.callback" : "cco.callback";

export function sessionSecret(deps: ControlDeps): string {
  const { sessionSecret: given, dataDir } = deps.config;
  return given ? requireStrongSecret(given, "NEXTAUTH_SECRET") : ensureSessionSecret(dataDir);
}

/** What a session cookie claims, if its seal is ours and it has not expired. Whether it still holds, `checkSession` says. */
export async function readSessionClaim(cookie: string | undefined, deps: ControlDeps): Promise<SessionClaim | null> {
  if (!cookie) return null;
  const token = await decode({ token: cookie, secret: sessionSecret(deps) }).catch(() => null);
  return token && claimIn(token);
}

/** What a sealed token claims; null for one that does not name its session, as cookies of older releases did not. */
function claimIn({ sub, sessionId, sessionVersion }: JWT): SessionClaim | null {
  if (!sub || typeof sessionId !== "string" || typeof sessionVersion !== "number") return null;
  return { sessionId, personId: sub, sessionVersion };
}

/** Where a request comes from, as the list of sessions shows it. */
interface SignInOrigin {
  address: string | null;
  browser: string | null;
}

/** The options of next-auth for one request. Who may come in is decided in `control`; this only carries the answer. */
export function authOptions(deps: ControlDeps, from: SignInOrigin): NextAuthOptions {
  const { address, browser } = from;
  /** Who the outside provider's answer turned out to be; set by `signIn`, read by `jwt` of the same request. */
  let arrived: SignedIn | null = null;
  const { oidc } = deps.config;
  return {
    secret: sessionSecret(deps),
    session: { strategy: "jwt", maxAge: sessionMaxAgeS },
    pages: { signIn: "/sign-in", error: "/sign-in", signOut: "/sign-in" },
    cookies: cookieOptions(isSecure(deps)),
    logger: { error: logProblem, warn: () => undefined, debug: () => undefined },
    providers: [passwordProvider(deps, from), ...(oidc ? [oidcProvider(oidc)] : [])],
    callbacks: {
      redirect: ({ url, baseUrl }) => ownPage(url, baseUrl),
      async signIn({ account, profile }) {
        if (account?.provider !== "oidc" || !oidc) return account?.provider === "password";
        try {
          const identity = outsideIdentity(oidc, account.providerAccountId, profile);
          arrived = await signInByIdentity(identity, address, deps, browser);
          return true;
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          return `/sign-in?error=${encodeURIComponent(String(error.details.why ?? error.code))}`;
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

function passwordProvider(deps: ControlDeps, { address, browser }: SignInOrigin) {
  return CredentialsProvider({
    id: "password",
    name: "Password",
    credentials: { email: {}, password: {} },
    authorize: (credentials) =>
      signIn(credentials, address, deps, browser).catch((error: unknown) => {
        // next-auth carries nothing but a message; the browser gets a code and, for a lock, how long it lasts.
        if (error instanceof AppError) throw new Error(`${error.code} ${error.details.retryAfterS ?? ""}`.trim());
        logProblem("sign-in", error);
        throw new Error("internal");
      }),
  });
}

/** Where a sign-in may lead: a page of our own origin, or its front page. */
function ownPage(url: string, baseUrl: string): string {
  const { origin } = new URL(baseUrl);
  const target = URL.canParse(url, baseUrl) ? new URL(url, baseUrl) : null;
  if (target?.origin !== origin) return baseUrl;
  const path = `${target.pathname}${target.search}${target.hash}`;
  // The sign-in page is where the provider's way back ends; it puts its own `next` through `localPath` again.
  return `${origin}${target.pathname === "/sign-in" ? path : localPath(path)}`;
}

/** The session never travels with a request another site caused; what the provider's way back needs does (Lax). */
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

/** One line for the operator; never the credentials, which next-auth's metadata may hold. */
function logProblem(code: string, error: unknown): void {
  const message = error instanceof Error ? error.message : ((error as { error?: Error })?.error?.message ?? "");
  console.error(JSON.stringify({ level: "warn", msg: "sign-in problem", code, message }));
}
