import type { AppliesView, ProxyKeyView } from "./queries.ts";
import { type How, waysToConnect } from "./snippets.ts";

export const wayLabels: Record<How, string> = {
  "proxy-key": "With a CCO key",
  "own-and-proxy-key": "My own key, with a CCO key",
  own: "My own key",
};

export const wayHints: Record<How, string> = {
  "proxy-key":
    "Claude Code sends your proxy key; CCO puts the organisation’s key in its place. Your own login is not used.",
  "own-and-proxy-key":
    "Claude Code keeps using your own login or API key; the proxy key travels beside it and says whose traffic it is.",
  own: "On this machine no proxy key is needed: your own login or API key passes through untouched. Requests are not tied to a person.",
};

/** The way chosen before anybody chooses: one that names the person, once they have a live key. */
export function firstWay(
  callerKeys: { isRequired: boolean; hasOperatorKey: boolean },
  keys: readonly Pick<ProxyKeyView, "state">[],
): How {
  const ways = waysToConnect(callerKeys);
  const hasKey = keys.some(({ state }) => state === "live");
  return (hasKey ? ways.find((way) => way !== "own") : undefined) ?? ways[0] ?? "own";
}

/** What to say beside limits that do not hold requests sent this way; null when all of them do. */
export function unboundWords(how: How, applies: readonly Pick<AppliesView, "kind">[]): string | null {
  if (how !== "own" || !applies.some(({ kind }) => kind === "person" || kind === "key")) return null;
  return "Your limits and those of your keys apply to requests with one of your proxy keys. A request with only your own login belongs to no person: only the limits of its project and team apply.";
}

const STORAGE_KEY = "cco-connect-way";

/** The way this browser chose last; null when none is stored, or storage is closed. */
export function readLastWay(): How | null {
  try {
    const last = localStorage.getItem(STORAGE_KEY) ?? "";
    return Object.hasOwn(wayLabels, last) ? (last as How) : null;
  } catch {
    return null;
  }
}

/** Keeps the way that was looked at last, in this browser. */
export function keepLastWay(how: How): void {
  try {
    localStorage.setItem(STORAGE_KEY, how);
  } catch {
    // Then the next visit begins with the first way.
  }
}
