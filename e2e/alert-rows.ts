import { join } from "node:path";
import type { AlertEvidence } from "#core/alerts/evidence.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { sqlInstant } from "#store/sql-instant.ts";

interface Firing {
  id: string;
  rule: string;
  name: string;
  title: string;
  value: string;
  evidence: readonly AlertEvidence[];
  fix: { label: string; path: string };
  firedMinutesAgo: number;
  /** Null: it fires still. */
  endedMinutesAgo: number | null;
  acknowledgedBy: string | null;
  deliveries: readonly {
    channel: string;
    state: string;
    tries: number;
    tookMs: number | null;
    problem: string | null;
  }[];
}

/** A rule that fails more since it was changed, as the engine writes it. */
export const failingRule: Firing = {
  id: "fir_failing_rule",
  rule: "errors-after-publish",
  name: "Error rate after a publish",
  title: "CI runners fails more since v42: 2.9%, other rules 0.4%",
  value: "2.9% of 611 requests",
  evidence: [
    { label: "Rule", text: "opus-5-5 → haiku-5-5, in this form since v42" },
    { label: "Failed", text: "18 of 611 requests", share: 18 / 611 },
    { label: "Other rules", text: "16 of 4,012 requests", share: 16 / 4_012 },
  ],
  fix: { label: "Roll back to v1", path: "/rules?roll-back=1" },
  firedMinutesAgo: 21,
  endedMinutesAgo: null,
  acknowledgedBy: null,
  deliveries: [],
};

/** Two firings with a long name in every text. */
export const longFirings = (name: string, person: string): Firing[] => {
  const firing = { ...failingRule, name, title: `${name} fails more since v42`, acknowledgedBy: person };
  return [firing, { ...firing, id: "fir_second", value: name, evidence: [] }];
};

/** Writes firings into the database of an installation. They have no memory, so that no look ends them. */
export async function writeFirings(dataDir: string, firings: readonly Firing[]): Promise<void> {
  const sql = await openSqlConnection(`file:${join(dataDir, "cco.db")}`);
  const ago = (minutes: number) => sqlInstant(new Date(Date.now() - minutes * 60_000));
  try {
    for (const { rule, fix, deliveries, ...firing } of firings) {
      const firedAt = ago(firing.firedMinutesAgo);
      const endedAt = firing.endedMinutesAgo === null ? null : ago(firing.endedMinutesAgo);
      const acknowledgedAt = firing.acknowledgedBy === null ? null : firedAt;
      await sql.all(
        `INSERT INTO alert_firing (id, rule_id, kind, name, subject, title, value, evidence, fix_label, fix_path, fired_at,
         ended_at, acknowledged_by, acknowledged_at) VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          ...[firing.id, rule, rule, firing.name, firing.title, firing.value, JSON.stringify(firing.evidence)],
          ...[fix.label, fix.path, firedAt, endedAt, firing.acknowledgedBy, acknowledgedAt],
        ],
      );
      for (const { channel, state, tries, tookMs, problem } of deliveries)
        await sql.all(
          `INSERT INTO alert_delivery (id, firing_id, channel_id, channel_kind, channel_name, event, state, tries, next_at,
           sent_at, took_ms, problem) VALUES ($1, $2, $3, 'slack', $4, 'fired', $5, $6, $7, $7, $8, $9)`,
          [`msg_${firing.id}_${channel}`, firing.id, channel, channel, state, tries, firedAt, tookMs, problem],
        );
    }
  } finally {
    await sql.close();
  }
}
