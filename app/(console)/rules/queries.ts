import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { getJson, sendJson } from "#app/_data/get-json.ts";
import type { VersionComparison } from "#control/rules/compare-versions.ts";
import type { CurrentRules } from "#control/rules/current.ts";
import type { Backup } from "#control/rules/list-backups.ts";
import type { VersionPage } from "#control/rules/list-versions.ts";
import type { VersionDetail } from "#control/rules/show-version.ts";
import type { Explanation } from "#core/rules/decide.ts";
import type { TryInput } from "./try-input.ts";

export type { Published } from "#control/rules/add-version.ts";
export type { CurrentRules } from "#control/rules/current.ts";
export type { BaseVersion, EditorStart } from "#control/rules/editor-start.ts";
export type { RuleRow } from "#control/rules/rule-rows.ts";
export type { RulesAccess } from "#control/rules/rules-access.ts";
export type { DraftView } from "#control/rules/save-draft.ts";
export type { VersionDetail } from "#control/rules/show-version.ts";
export type { VersionView } from "#control/rules/version-view.ts";

/** Number of versions that fit beside the rules; older ones are one click away. */
export const VERSIONS_PER_PAGE = 12;
/** The API lists no more at a time. */
export const CHOICES_MAX = 200;
const firstPage = null as number | null;

/** Queries about rules, general to specific; a change of the rules invalidates `all`. */
export const ruleQueries = {
  all: () => ["rules"] as const,
  current: () =>
    queryOptions({
      queryKey: [...ruleQueries.all(), "current"],
      queryFn: ({ signal }) => getJson<CurrentRules>("/api/rules", {}, signal),
      // Often enough to show how instances follow a publish.
      refetchInterval: 3_000,
    }),
  versions: () =>
    infiniteQueryOptions({
      queryKey: [...ruleQueries.all(), "versions"],
      queryFn: ({ pageParam, signal }): Promise<VersionPage> =>
        getJson("/api/rules/versions", { before: pageParam, limit: VERSIONS_PER_PAGE }, signal),
      initialPageParam: firstPage,
      getNextPageParam: (page): number | null => page.next,
    }),
  /** The newest versions, to choose one of. */
  choices: () =>
    queryOptions({
      queryKey: [...ruleQueries.all(), "choices"],
      queryFn: ({ signal }) => getJson<VersionPage>("/api/rules/versions", { limit: CHOICES_MAX }, signal),
    }),
  version: (number: number) =>
    queryOptions({
      queryKey: [...ruleQueries.all(), "version", number],
      queryFn: ({ signal }) => getJson<VersionDetail>(`/api/rules/versions/${number}`, {}, signal),
    }),
  backups: () =>
    queryOptions({
      queryKey: [...ruleQueries.all(), "backups"],
      queryFn: ({ signal }) => getJson<{ backups: Backup[] }>("/api/rules/backups", {}, signal),
    }),
  compare: (from: number, to: number) =>
    queryOptions({
      queryKey: [...ruleQueries.all(), "compare", from, to],
      queryFn: ({ signal }) => getJson<VersionComparison>(`/api/rules/versions/${to}/compare`, { with: from }, signal),
      // Versions never change.
      staleTime: Number.POSITIVE_INFINITY,
    }),
  tried: (input: TryInput) =>
    queryOptions({
      queryKey: [...ruleQueries.all(), "tried", input],
      queryFn: () => sendJson<Explanation>("POST", "/api/rules/try", input),
    }),
};
