import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { OwnIssuingView } from "#control/keys/issuing-policy.ts";
import type { ProxyKeyView } from "#control/keys/proxy-key-view.ts";
import type { HolderView, LimitsView, PersonLimitsView } from "#control/limits/list.ts";
import type { SessionView } from "#control/session/sessions.ts";
import type { InviteView } from "#control/team/invite.ts";
import type { TeamView } from "#control/team/list.ts";
import type { OwnedTokenView } from "#control/tokens/list.ts";

export type { HolderView, InviteView, LimitsView, OwnedTokenView, OwnIssuingView, PersonLimitsView, ProxyKeyView };
export type TeamPerson = TeamView["people"][number];

export const teamQueries = {
  team: () => queryOptions({ queryKey: ["team"], queryFn: ({ signal }) => getJson<TeamView>("/api/team", {}, signal) }),
  tokens: () =>
    queryOptions({
      queryKey: ["tokens", "all"],
      queryFn: ({ signal }) => getJson<{ tokens: OwnedTokenView[] }>("/api/tokens", { owner: "everyone" }, signal),
    }),
  sessions: (personId: string) =>
    queryOptions({
      queryKey: ["sessions", personId],
      queryFn: ({ signal }) =>
        getJson<{ sessions: SessionView[] }>(`/api/team/people/${personId}/sessions`, {}, signal),
    }),
  limits: () =>
    queryOptions({ queryKey: ["limits"], queryFn: ({ signal }) => getJson<LimitsView>("/api/limits", {}, signal) }),
  keys: () =>
    queryOptions({
      queryKey: ["keys", "all"],
      queryFn: ({ signal }) => getJson<{ keys: ProxyKeyView[] }>("/api/keys", { scope: "all" }, signal),
    }),
};
