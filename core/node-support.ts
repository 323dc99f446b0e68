/** End of security fixes of Node's releases with long-term support, by major version: the schedule its project publishes. */
const SUPPORTED_UNTIL: Readonly<Record<number, string>> = {
  20: "2026-04-30",
  22: "2027-04-30",
  24: "2028-04-30",
  26: "2029-04-30",
};

/**
 * Finds how long a version of Node gets security fixes, as `YYYY-MM-DD`. It also finds whether that is over on a day
 * (`today`, the same form). A release without long-term support has no such day.
 */
export function findNodeSupport(version: string, today: string): { until: string | null; isOver: boolean } {
  const until = SUPPORTED_UNTIL[Number(version.split(".")[0])] ?? null;
  return { until, isOver: until !== null && today > until };
}
