import type { IncomingHttpHeaders } from "node:http";
import { buildScope, type CacheScope } from "#core/cache/cache-key.ts";
import { invariant } from "#core/invariant.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { RequestContext } from "./context.ts";

/** The cache options the caller sent with the request. */
export function findCacheOption(headers: IncomingHttpHeaders): "asked" | "no-store" | "refresh" | null {
  if (headers["x-cco-cache"] === "bypass") return "asked";
  const control = headers["cache-control"];
  if (control === undefined) return null;
  const options = control.toLowerCase();
  if (options.includes("no-store")) return "no-store";
  return options.includes("no-cache") || options.includes("max-age=0") ? "refresh" : null;
}

/**
 * The scope of a cached response. Only what the server itself knows of a caller: project and team of the key, not those
 * of a header.
 */
export function scopeOfCaller(
  { admitted: { caller } }: RequestContext,
  { scope }: RuleSet["cache"],
): CacheScope | null {
  invariant(caller !== null, "the look-up comes after authorize");
  const { holder, operatorKey } = caller;
  return buildScope(
    {
      team: holder?.team ?? null,
      keyProject: holder?.project ?? null,
      personId: holder?.personId ?? null,
      proxyKeyId: holder?.id ?? null,
      ownCredentialHash: operatorKey === null && caller.hasOwnCredential ? caller.credentialHash() : null,
    },
    scope === "project",
  );
}

/** Whether responses of this scope belong to a project, not to a person. */
export const isOfProject = (scope: CacheScope): boolean => scope.startsWith('["project"');

const repeating = new WeakMap<RuleSet, ReadonlySet<string>>();

/** Whether the rule that decided this request allows repeating its responses. */
export function isRepeatedByRule({ choice }: RequestContext, ruleSet: RuleSet): boolean {
  if (choice === null || choice.ruleId === null) return false;
  if (choice.kind !== "override" && choice.reason !== "same-model") return false;
  let ids = repeating.get(ruleSet);
  if (ids === undefined) {
    ids = new Set(ruleSet.rules.filter((rule) => rule.cache).map((rule) => rule.id));
    repeating.set(ruleSet, ids);
  }
  return ids.has(choice.ruleId);
}
