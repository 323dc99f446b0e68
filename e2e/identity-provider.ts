import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

/** Claims of the provider about a person who signs in there. */
export interface Account {
  sub: string;
  name: string;
  email: string;
  email_verified: boolean;
}

/** OpenID Connect provider on this machine without passwords: every visitor is signed in as `visitor`. */
export interface IdentityProvider {
  issuer: string;
  visitor: Account | null;
  /** The operator's variables that make an installation use it. */
  env: Record<string, string>;
  /** Registers the installation as its one client; it forgets every session and code it has given out. */
  register(installationUrl: string): void;
  stop(): Promise<void>;
}

const clientId = "cco";
const clientSecret = "a-client-secret-of-the-stories";
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const signingKey = { ...privateKey.export({ format: "jwk" }), kid: "stories", use: "sig" };

export async function startIdentityProvider(): Promise<IdentityProvider> {
  let answer = (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(503).end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const self: IdentityProvider = {
    issuer,
    visitor: null,
    env: {
      CCO_OIDC_ISSUER: issuer,
      CCO_OIDC_CLIENT_ID: clientId,
      CCO_OIDC_CLIENT_SECRET: clientSecret,
      CCO_OIDC_NAME: "Acme ID",
    },
    register(installationUrl) {
      const accounts = new Map<string, Account>();
      const provider = makeProvider(issuer, installationUrl, accounts);
      const serve = provider.callback();
      answer = (request, response) => {
        if (!request.url?.startsWith("/interaction/")) return void serve(request, response);
        if (!self.visitor) return void response.writeHead(403).end();
        accounts.set(self.visitor.sub, self.visitor);
        void authorize(provider, self.visitor.sub, request, response);
      };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}

/** As the standard has it: the ID token names the subject only, name and address are asked for at `userinfo`. */
function makeProvider(issuer: string, installationUrl: string, accounts: ReadonlyMap<string, Account>): Provider {
  const client = {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [`${installationUrl}/api/auth/callback/oidc`],
  };
  return new Provider(issuer, {
    clients: [client],
    jwks: { keys: [signingKey] },
    cookies: { keys: ["a key for the cookies of the stories"] },
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, accountId: string) => {
      const account = accounts.get(accountId);
      return account && { accountId, claims: () => account };
    },
  });
}

/** Signs the account in and consents for it, in place of the provider's own pages. */
async function authorize(provider: Provider, accountId: string, request: IncomingMessage, response: ServerResponse) {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope("openid profile email");
  const grantId = await grant.save();
  await provider.interactionFinished(request, response, { login: { accountId }, consent: { grantId } });
}
