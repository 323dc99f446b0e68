import { formatCounted } from "./plural.ts";

/** What came after a backup, and the requests that the totals count now and in it. */
interface Later {
  requests: { now: number; archived: number };
  lost: { auditEntries: number; ruleVersions: readonly number[] };
}

/** Formats what a restore would lose, one entry a kind: "8 requests", "rules v41, v42", "2 audit entries"; empty for nothing. */
export function formatLost({ requests, lost }: Later): string[] {
  const { auditEntries, ruleVersions } = lost;
  const requestCount = requests.now - requests.archived;
  return [
    ...(requestCount > 0 ? [formatCounted(requestCount, "request")] : []),
    ...(ruleVersions.length > 0 ? [`rules ${ruleVersions.map((number) => `v${number}`).join(", ")}`] : []),
    ...(auditEntries > 0 ? [formatCounted(auditEntries, "audit entry", "audit entries")] : []),
  ];
}
