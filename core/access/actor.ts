import type { Role } from "#core/access/roles.ts";
import type { Scope } from "#core/access/scopes.ts";

/** Channel a change came in by; shown in the audit log. */
export type Via = "console" | "api" | "cli" | "file" | "system";

/** Access token a person acts with, shown beside their name in versions and in the audit log. */
interface ActorToken {
  id: string;
  name: string;
  scopes: readonly Scope[];
}

/** Person, operator, file or system job behind a read or write. Every verb of `control` takes one. */
export type Actor =
  | {
      kind: "person";
      id: string;
      name: string;
      email: string;
      role: Role;
      via: Via;
      address: string | null;
      /** Session named by the cookie; absent where the person authenticated another way. */
      sessionId?: string;
      /** Present exactly when `via` is `api`. */
      token?: ActorToken;
    }
  /** An operator with a shell on this machine: may do what an owner may. */
  | { kind: "operator"; id: "operator"; name: string; via: "cli"; address: null }
  | { kind: "file"; id: "file"; name: string; via: "file"; address: null }
  | { kind: "system"; id: "system"; name: string; via: "system"; address: null };

export const operatorActor = (name: string): Actor => ({
  kind: "operator",
  id: "operator",
  name,
  via: "cli",
  address: null,
});
export const fileActor: Actor = { kind: "file", id: "file", name: "Rules file", via: "file", address: null };
export const systemActor: Actor = { kind: "system", id: "system", name: "CCO", via: "system", address: null };
