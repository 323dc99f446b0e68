import type { Role } from "#core/access/roles.ts";

/** By which door a change came in; shown in the audit log. */
export type Via = "console" | "api" | "cli" | "file" | "system";

/** Who did it. Every read and write of `control` takes one. */
export type Actor =
  | { kind: "person"; id: string; name: string; email: string; role: Role; via: Via; address: string | null }
  /** Somebody with a shell on this machine: may do what an owner may. */
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
