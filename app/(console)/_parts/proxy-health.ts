import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import { formatBytes, formatCount, formatDuration } from "#core/report/format.ts";
import { formatCounted, pluralize } from "#core/report/plural.ts";

/** Body of /health: the contract's fields, and ours for readers with permission. */
export interface ProxyHealth {
  status: string;
  overrides_enabled: boolean;
  rules_version?: number | null;
  rules_problem?: string | null;
  requests_per_second?: number;
  added_latency_p50_ms?: number | null;
  ledger_problem?: string | null;
  spool_state?: "ok" | "backlog-full" | "disk-full" | "failing";
  spool_bytes?: number;
  /** Of processes that are gone. */
  spool_left_behind_bytes?: number;
  events_oldest_seconds?: number | null;
  events_dropped?: number;
  /** Could not be stored, and lie in a .bad file of the spool. */
  events_set_aside?: number;
}

/** Query of the proxy's /health every five seconds, shared by all components that show it. */
export const proxyHealthQuery = () =>
  queryOptions({
    queryKey: ["proxy-health"],
    queryFn: ({ signal }) => getJson<ProxyHealth>("/health", {}, signal),
    refetchInterval: 5_000,
  });

/** Delay from which the ledger counts as behind; usually it stores events within two seconds. */
const BEHIND_AFTER_SECONDS = 20;

const spoolWords = {
  "disk-full": { short: "disk full", title: "The disk of the proxy is full" },
  "backlog-full": { short: "spool full", title: "The spool has reached its maximum size" },
  failing: { short: "disk failing", title: "The disk of the proxy refuses writes" },
} as const;

interface LedgerState {
  tone: "warn" | "danger";
  /** Text for the card in the sidebar. */
  short: string;
  title: string;
  text: string;
}

/** Reason why the figures are outdated; null when they are current. */
export function ledgerState(health: ProxyHealth | undefined): LedgerState | null {
  if (health === undefined) return null;
  const { events_dropped: dropped = 0, spool_state: spool = "ok", ledger_problem: problem = null } = health;
  const waiting = waitingWords(health);
  if (dropped > 0) {
    return {
      tone: "danger",
      short: "requests lost",
      title: `${formatCounted(dropped, "request")} ${pluralize(dropped, "is", "are")} missing from the figures`,
      text: `Disk and memory were full, so they could not be recorded. Model traffic was served normally.${waiting && ` ${waiting}`}`,
    };
  }
  if (spool !== "ok") {
    return {
      tone: "danger",
      ...spoolWords[spool],
      text: `New records are kept in memory until there is room. Model traffic is served normally.${waiting && ` ${waiting}`}`,
    };
  }
  const seconds = health.events_oldest_seconds ?? 0;
  const aside = health.events_set_aside ?? 0;
  if (aside > 0 && problem === null && seconds < BEHIND_AFTER_SECONDS) {
    return {
      tone: "warn",
      short: `${formatCount(aside)} set aside`,
      title: `${formatCounted(aside, "record")} ${pluralize(aside, "is", "are")} missing from the figures`,
      text: "The database rejected these records; they are in a .bad file of the spool. Model traffic was served normally.",
    };
  }
  if (problem === null && seconds < BEHIND_AFTER_SECONDS) return null;
  const why = problem === null ? "" : ` ${problem}`;
  return {
    tone: "warn",
    short: seconds < 1 ? "database unavailable" : `${formatDuration(seconds * 1000)} behind`,
    title: "The figures are behind",
    text: `${waiting || "The database is unavailable."} Traffic continues and nothing is lost; the figures catch up later.${why}`,
  };
}

/** "The last 4 min (12 MB) wait on disk for the database." Empty when nothing waits. */
function waitingWords(health: ProxyHealth): string {
  const { events_oldest_seconds: seconds, spool_bytes: own = 0, spool_left_behind_bytes: left = 0 } = health;
  if (seconds === null || seconds === undefined) return "";
  const bytes = own + left;
  return `The requests of the last ${formatDuration(seconds * 1000)} (${formatBytes(bytes)}) wait on disk for the database.`;
}
