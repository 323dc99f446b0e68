import { type Permission, roleMay } from "#core/access/permissions.ts";
import type { Scope } from "#core/access/scopes.ts";

export const scopeLabels: Record<Scope, string> = {
  read: "Read",
  export: "Export",
  rules: "Rules",
  cache: "Cache",
  keys: "Keys",
  people: "People",
  settings: "Settings",
};

/** What may be done, widest first: the first that a role may is said. */
type Part = readonly (readonly [Permission, string])[];

const parts: Record<Scope, readonly Part[]> = {
  read: [
    [["rules.read", "rules"]],
    [
      ["requests.read", "requests"],
      ["own-requests.read", "your own requests"],
    ],
    [["costs.read", "costs"]],
    [["cache.read", "cache"]],
    [["alerts.read", "alerts"]],
  ],
  export: [[["costs.export", "cost reports"]], [["audit.read", "the audit log"]]],
  rules: [
    [["rules.draft", "draft"]],
    [["rules.publish", "publish"]],
    [["rules.roll-back", "roll back"]],
    [["rules.pause", "pause"]],
  ],
  cache: [[["cache.purge", "clear stored answers"]]],
  keys: [
    [
      ["keys.manage", "proxy keys"],
      ["own-keys.manage", "your own proxy keys"],
    ],
    [["limits.manage", "limits"]],
  ],
  people: [
    [["team.invite", "invite"]],
    [["team.disable", "disable"]],
    [
      ["access.manage", "end access"],
      ["own-access.manage", "end your own access"],
    ],
  ],
  settings: [
    [["settings.change", "the installation’s settings"]],
    [["prices.change", "prices"]],
    [["bills.import", "reports of the provider"]],
    [["alerts.manage", "alerts"]],
  ],
};

/** What a scope lets a token of a person with this role do, in the words people choose it by. */
export function scopeMay(scope: Scope, role: string): string {
  const words = parts[scope].flatMap((part) => part.find(([permission]) => roleMay(role, permission))?.[1] ?? []);
  const text = words.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
