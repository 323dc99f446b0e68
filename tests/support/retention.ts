import { type RetentionRun, runRetention } from "#control/retention/run.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { operator, withSql } from "./backups.ts";
import type { ControlWorld } from "./control-world.ts";
import { startedAt } from "./make-event.ts";
import { pricedEvent } from "./priced-event.ts";

/** Archives what is older than these days, as the command does. */
export async function archiveEvents(world: ControlWorld, keepDays = 30): Promise<RetentionRun> {
  const run = await withSql(world.databaseUrl, (connection) =>
    runRetention(operator, { keepDays, everyMs: 0 }, { connection }, world.deps),
  );
  if (run === null) throw new Error("It was not due.");
  return run;
}

/** Requests of one UTC day, one a minute, of a few projects and people; every third without a price. */
export const requestsOfDay = (day: string, count: number, prefix = "evt"): RequestEvent[] =>
  Array.from({ length: count }, (_, at) => {
    const begun = startedAt(new Date(Date.parse(`${day}T00:00:00Z`) + at * 60_000).toISOString());
    const fields = {
      id: `${prefix}_${day}_${String(at).padStart(5, "0")}`,
      ...begun,
      project: `project-${at % 3}`,
      team: at % 2 === 0 ? "=SUM(1)" : null,
      sessionId: `ses_${at % 5}`,
      humanTurn: at % 4 === 0 ? null : at % 4 === 1,
      cache: at % 7 === 0 ? ("bypass" as const) : ("off" as const),
      cacheReason: at % 7 === 0 ? "tools" : null,
    };
    const unknown = "claude-of-another-day";
    return pricedEvent(at % 3 === 0 ? { ...fields, requestedModel: unknown, servedModel: unknown } : fields);
  });
