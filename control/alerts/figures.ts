import { type AlertReading, type AlertReport, isUnknownIn } from "#core/alerts/alert-kind.ts";
import type { AlertFiringRow } from "#store/alerts.ts";
import type { Tx } from "#store/client.ts";
import { readSetting, settingKey, writeSetting } from "#store/settings.ts";

/** The figures of something that fires, as they were at the last look. */
export type Figures = Pick<AlertReading, "title" | "value" | "evidence">;

/**
 * By id of the firing: its figures at the last look; null where it was within its bound. Of what is not in it nothing
 * is known.
 */
type FiguresOfNow = Readonly<Record<string, Figures | null>>;

/** Reads the figures that the last look noted. */
export async function readFigures(tx: Tx): Promise<FiguresOfNow> {
  return JSON.parse((await readSetting(tx, settingKey.alertsFigures)) ?? "{}") as FiguresOfNow;
}

/**
 * Notes the figures of what fires, in one row for all of it. A write for each firing would keep the console for
 * seconds. `judged` holds the report on each alert that is on.
 */
export async function noteFigures(
  tx: Tx,
  open: readonly Pick<AlertFiringRow, "id" | "ruleId" | "subject">[],
  judged: ReadonlyMap<string, AlertReport>,
  at: Date,
): Promise<void> {
  const now: Record<string, Figures | null> = {};
  for (const { id, ruleId, subject } of open) {
    const report = judged.get(ruleId);
    const reading = report?.over.find((one) => one.subject === subject);
    if (reading !== undefined) now[id] = { title: reading.title, value: reading.value, evidence: reading.evidence };
    else if (report !== undefined && !isUnknownIn(report, subject)) now[id] = null;
  }
  const text = JSON.stringify(now);
  if (text !== ((await readSetting(tx, settingKey.alertsFigures)) ?? "{}"))
    await writeSetting(tx, settingKey.alertsFigures, text, at);
}
