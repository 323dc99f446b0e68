import { formatCounted } from "./plural.ts";

/**
 * Words for one row and for several, by table of a backup. They are what people call everything they could miss, in the
 * order it is shown.
 */
export const restoredKinds: Readonly<Record<string, { one: string; many: string }>> = {
  person: { one: "person", many: "people" },
  identity: { one: "linked sign-in", many: "linked sign-ins" },
  one_time_link: { one: "one-time link", many: "one-time links" },
  proxy_key: { one: "proxy key", many: "proxy keys" },
  access_token: { one: "access token", many: "access tokens" },
  holder_limits: { one: "limit", many: "limits" },
  setting: { one: "setting", many: "settings" },
  rule_version: { one: "rules version", many: "rules versions" },
  rule_draft: { one: "draft of rules", many: "drafts of rules" },
  alert_rule: { one: "alert", many: "alerts" },
  alert_channel: { one: "alert channel", many: "alert channels" },
  alert_firing: { one: "firing of an alert", many: "firings of alerts" },
  alert_delivery: { one: "message of an alert", many: "messages of alerts" },
  audit_entry: { one: "audit entry", many: "audit entries" },
  archive_file: { one: "archived file", many: "archived files" },
  request_event: { one: "single request of Activity", many: "single requests of Activity" },
};

/** How many rows of a kind there are, and how many the backup holds. */
export interface RestoredRow {
  table: string;
  what: string;
  now: number;
  archived: number;
}

/** Everything that a preview counts, and what is known to have come after the backup. */
interface Counted {
  rows: readonly RestoredRow[];
  requests: { now: number; archived: number };
  lost: { auditEntries: number; ruleVersions: readonly number[] };
}

/** Lists the kinds of which there are rows now or in the backup, with their counts. */
export const restoredRows = (
  now: Readonly<Record<string, number>>,
  archived: Readonly<Record<string, number>>,
): RestoredRow[] =>
  Object.entries(restoredKinds)
    .map(([table, { many }]) => ({ table, what: many, now: now[table] ?? 0, archived: archived[table] ?? 0 }))
    .filter((row) => row.now > 0 || row.archived > 0);

/**
 * Formats what a restore would lose and bring back, one entry a kind. Entries read "8 requests counted", "1 person",
 * "rules v41, v42". Empty for nothing. The entry that the audit log has of the backup itself is no loss.
 */
export function formatRestored({ rows, requests, lost }: Counted): { lost: string[]; back: string[] } {
  const counted = { one: "request counted", many: "requests counted" };
  const kinds = [
    { words: counted, table: "", ...requests },
    ...rows.flatMap((row) => {
      const words = restoredKinds[row.table];
      return words === undefined ? [] : [{ words, ...row }];
    }),
  ];
  const format = (words: typeof counted, count: number) =>
    count > 0 ? [formatCounted(count, words.one, words.many)] : [];
  return {
    lost: kinds.flatMap(({ table, words, now, archived }) => {
      if (table === "audit_entry") return format(words, lost.auditEntries);
      if (table === "rule_version" && lost.ruleVersions.length > 0)
        return [`rules ${lost.ruleVersions.map((number) => `v${number}`).join(", ")}`];
      return format(words, now - archived);
    }),
    back: kinds.flatMap(({ words, now, archived }) => format(words, archived - now)),
  };
}
