import { expect, it } from "vitest";
import { permissions, roleMay, scopeFor } from "#core/access/permissions.ts";
import { roles } from "#core/access/roles.ts";
import { scopes } from "#core/access/scopes.ts";
import { scopeMay } from "./scope-words.ts";

it("promises a role nothing it may not do", () => {
  expect(scopes.map((scope) => scopeMay(scope, "owner"))).toEqual([
    "Rules, requests, costs, cache, alerts",
    "Cost reports, the audit log",
    "Draft, publish, roll back, pause",
    "Clear stored answers",
    "Proxy keys, limits",
    "Invite, disable, end access",
    "The installation’s settings, prices, reports of the provider, alerts",
  ]);
  expect(scopes.map((scope) => scopeMay(scope, "developer"))).toEqual([
    "Rules, your own requests",
    "",
    "",
    "",
    "Your own proxy keys",
    "End your own access",
    "",
  ]);
  expect(scopeMay("read", "viewer")).toBe("Rules, requests, costs");
  expect(scopeMay("rules", "editor")).toBe("Draft");
});

it("has words for every scope that a role can use", () => {
  for (const role of roles) {
    const usable = permissions.filter((permission) => roleMay(role, permission)).map(scopeFor);
    for (const scope of usable) expect([role, scope, scopeMay(scope, role)]).not.toContain("");
  }
});
