import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { BackupsView, BackupView, RestorePreviewView } from "#control/backup/own-backups.ts";
import type { IssuingPolicyView } from "#control/keys/issuing-policy.ts";
import type { SessionView } from "#control/session/sessions.ts";
import type { AboutView } from "#control/settings/about.ts";
import type { SettingsView, ZoneChange } from "#control/settings/read.ts";
import type { AccessTokenView } from "#control/tokens/access-token-view.ts";

export type {
  AboutView,
  AccessTokenView,
  BackupsView,
  BackupView,
  IssuingPolicyView,
  RestorePreviewView,
  SessionView,
  SettingsView,
  ZoneChange,
};

export const settingsQueries = {
  tokens: () =>
    queryOptions({
      queryKey: ["tokens"],
      queryFn: ({ signal }) => getJson<{ tokens: AccessTokenView[] }>("/api/tokens", {}, signal),
    }),
  sessions: () =>
    queryOptions({
      queryKey: ["sessions", "own"],
      queryFn: ({ signal }) => getJson<{ sessions: SessionView[] }>("/api/sessions", {}, signal),
    }),
  issuing: () =>
    queryOptions({
      queryKey: ["issuing"],
      queryFn: ({ signal }) => getJson<IssuingPolicyView>("/api/settings/issuing", {}, signal),
    }),
  backups: () =>
    queryOptions({
      queryKey: ["backups"],
      queryFn: ({ signal }) => getJson<BackupsView>("/api/backups", {}, signal),
    }),
  restorePreview: (name: string) =>
    queryOptions({
      queryKey: ["backups", "preview", name],
      queryFn: ({ signal }) => getJson<RestorePreviewView>(`/api/backups/${name}/preview`, {}, signal),
      staleTime: 0,
      retry: false,
    }),
  about: () =>
    queryOptions({
      queryKey: ["about"],
      queryFn: ({ signal }) => getJson<AboutView>("/api/settings/about", {}, signal),
      refetchInterval: 5_000,
    }),
};
