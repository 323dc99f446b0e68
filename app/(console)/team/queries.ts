import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { ProxyKeyView } from "#control/keys/proxy-key-view.ts";
import type { InviteView } from "#control/team/invite.ts";
import type { TeamView } from "#control/team/list.ts";

export type { InviteView, ProxyKeyView, TeamView };
export type TeamPerson = TeamView["people"][number];

export const teamQueries = {
  team: () => queryOptions({ queryKey: ["team"], queryFn: ({ signal }) => getJson<TeamView>("/api/team", {}, signal) }),
  keys: () =>
    queryOptions({
      queryKey: ["keys", "all"],
      queryFn: ({ signal }) => getJson<{ keys: ProxyKeyView[] }>("/api/keys", { scope: "all" }, signal),
    }),
};
