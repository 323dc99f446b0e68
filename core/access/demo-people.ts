import type { Role } from "./roles.ts";

/** People of the demo, created by its seed and offered on its sign-in page. Never present in any other installation. */
export const demoPeople: readonly { email: string; name: string; role: Role }[] = [
  { email: "olivia@example.com", name: "Olivia Berg", role: "owner" },
  { email: "amir@example.com", name: "Amir Haddad", role: "admin" },
  { email: "edda@example.com", name: "Edda Lind", role: "editor" },
  { email: "vito@example.com", name: "Vito Lang", role: "viewer" },
  { email: "dev@example.com", name: "Devon Price", role: "developer" },
  { email: "fina@example.com", name: "Fina Okafor", role: "finance" },
];

export const demoPassword = "harbour lantern demo";
