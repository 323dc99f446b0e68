import type { Scope } from "#core/access/scopes.ts";

/** Labels and permissions of each token scope in words. */
export const scopeWords: Record<Scope, { label: string; may: string }> = {
  read: { label: "Read", may: "Rules, requests, costs, cache" },
  export: { label: "Export", may: "Cost reports, the audit log" },
  rules: { label: "Rules", may: "Draft, publish, roll back, pause" },
  cache: { label: "Cache", may: "Clear stored answers" },
  keys: { label: "Keys", may: "Proxy keys, limits" },
  people: { label: "People", may: "Invite, disable, end access" },
  settings: { label: "Settings", may: "The installation’s settings" },
};
