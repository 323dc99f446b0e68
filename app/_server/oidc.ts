import type { TokenSet } from "next-auth";
import type { OAuthConfig } from "next-auth/providers/oauth";
import type { OidcConfig } from "#config/read-console-env.ts";
import type { OutsideIdentity } from "#control/session/sign-in-by-identity.ts";

/** Claims of an identity provider about a person. Only the subject is guaranteed. */
interface Claims {
  sub: string;
  name?: string;
  email?: string;
}

/** Claims as the client provides them; the ID token has passed every check (signature, issuer, audience, nonce). */
interface CheckedTokens extends TokenSet {
  claims(): Claims;
}

/** Configured identity provider, for next-auth. */
export function oidcProvider(config: OidcConfig): OAuthConfig<Claims> {
  return {
    id: "oidc",
    name: config.name,
    type: "oauth",
    wellKnown: `${config.issuer}/.well-known/openid-configuration`,
    issuer: config.issuer,
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    authorization: { params: { scope: "openid email profile" } },
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    userinfo: {
      // Many providers give the address only here. Signed claims take precedence.
      async request({ client, tokens }) {
        const signed = (tokens as CheckedTokens).claims();
        if (signed.email || !client.issuer.metadata.userinfo_endpoint) return signed;
        const userinfo = await client.userinfo(tokens.access_token ?? "");
        if (userinfo.sub !== signed.sub)
          throw new Error("the userinfo endpoint describes another subject than the ID token");
        return { ...userinfo, ...signed };
      },
    },
    profile: ({ sub, name, email }) => ({ id: sub, name: name ?? null, email: email ?? null }),
  };
}

/** Claims of a finished sign-in, for `control`. */
export function outsideIdentity(config: OidcConfig, subject: string, profile: object | undefined): OutsideIdentity {
  const claims = (profile ?? {}) as Record<string, unknown>;
  return {
    provider: config.issuer,
    subject,
    email: typeof claims.email === "string" ? claims.email : null,
    isEmailVerified: claims.email_verified === true,
    name: typeof claims.name === "string" ? claims.name : null,
  };
}
