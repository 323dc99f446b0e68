import { type AlertKindName, alertKindNames } from "#core/alerts/alert-kinds.ts";

/** The sheet that is open, kept in the address: a message about an alert can link to it. */
export interface AlertsPageView {
  /** Id of the alert that is edited. */
  alert: string | null;
  /** Kind of the alert that is added. */
  adds: AlertKindName | null;
  /** Whether the channels are open. */
  channels: boolean;
}

export const nothingOpen: AlertsPageView = { alert: null, adds: null, channels: false };

type Params = Record<string, string | string[] | undefined>;

/** Parses search parameters. Invalid ones become the default, so that old links open; one sheet is open at most. */
export function readView(params: Params): AlertsPageView {
  const one = (name: string) => [params[name]].flat()[0] ?? "";
  const alert = one("alert").slice(0, 64) || null;
  if (alert !== null) return { ...nothingOpen, alert };
  const adds = alertKindNames.find((name) => name === one("new")) ?? null;
  return adds === null ? { ...nothingOpen, channels: one("channels") === "1" } : { ...nothingOpen, adds };
}

/** Formats the view as search parameters without defaults. */
export const viewParams = ({ alert, adds, channels }: AlertsPageView): Record<string, string> => ({
  ...(alert === null ? {} : { alert }),
  ...(adds === null ? {} : { new: adds }),
  ...(channels ? { channels: "1" } : {}),
});
