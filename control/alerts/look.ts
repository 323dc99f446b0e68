import { systemActor } from "#core/access/actor.ts";
import { type AlertMemory, advance } from "#core/alerts/advance.ts";
import { type AlertReading, DAY_MS } from "#core/alerts/alert-kind.ts";
import {
  type AlertChannelRow,
  type AlertFiringRow,
  claimAlertLook,
  endAlertFiring,
  insertAlertDelivery,
  insertAlertFiring,
  listAlertChannels,
  listAlertMemories,
  listDeliveriesOf,
  noteDelivery,
  removeAlertMemory,
  removeOldFirings,
  saveAlertMemory,
  saveAlertRule,
} from "#store/alerts.ts";
import type { Tx } from "#store/client.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "../deps.ts";
import { newId } from "../secrets.ts";
import { reportingZone } from "../settings/read.ts";
import { readAlertFacts } from "./facts.ts";
import { afterQuietHours } from "./quiet-hours.ts";
import { type AlertRule, isSnoozed, readAlertRules, rowOf } from "./rules.ts";

/** Time between two looks, of all instances together. */
export const LOOK_EVERY_MS = 30_000;
/** History that ended longer ago is removed. */
const KEEP_MS = 400 * DAY_MS;

/**
 * Judges every alert once, notes what fires and what ends, and lays the messages ready. Of instances that look at the
 * same time one does the work; the others return false. A snoozed alert is judged, and says nothing.
 */
export async function lookAtAlerts(deps: ControlDeps): Promise<boolean> {
  const at = deps.now();
  // A third of a look less: the clocks of two instances need not be the same to the second.
  const before = new Date(at.getTime() - (LOOK_EVERY_MS * 2) / 3);
  if (!(await claimAlertLook(deps.db, at, before))) return false;
  const [facts, zone] = await Promise.all([readAlertFacts(systemActor, deps), reportingZone(deps)]);
  await inTransaction(deps.db, async (tx) => {
    const rules = await readAlertRules(tx);
    const channels = await listAlertChannels(tx);
    const memories = await listAlertMemories(tx);
    for (const rule of rules) {
      const report = rule.isOn ? rule.kind.judge(facts, rule.settings) : { now: "", missing: 0, over: [] };
      const own = memories.filter(({ ruleId }) => ruleId === rule.id);
      await step(tx, { rule, at, zone, channels, isSilent: isSnoozed(rule, deps) }, own, report.over);
      const look = { nowText: report.now || null, missing: report.missing, lookedAt: at };
      await saveAlertRule(tx, rowOf({ ...rule, ...look }, at));
    }
    await removeOldFirings(tx, new Date(at.getTime() - KEEP_MS));
  });
  return true;
}

interface Look {
  rule: AlertRule;
  at: Date;
  zone: string;
  channels: readonly AlertChannelRow[];
  isSilent: boolean;
}

/** Advances every subject that is over, or was. */
async function step(
  tx: Tx,
  look: Look,
  memories: readonly AlertMemory[],
  over: readonly AlertReading[],
): Promise<void> {
  const { rule, at } = look;
  const readings = new Map(over.map((reading) => [reading.subject, reading]));
  const known = new Map(memories.map((memory) => [memory.subject, memory]));
  for (const subject of new Set([...readings.keys(), ...known.keys()])) {
    const reading = readings.get(subject) ?? null;
    const { memory, change } = advance(
      known.get(subject) ?? emptyMemory(subject),
      reading,
      at.getTime(),
      rule.settings,
    );
    if (change === "fires" && reading !== null) {
      const firing = firingOf(rule, reading, at);
      await insertAlertFiring(tx, firing);
      await saveAlertMemory(tx, rule.id, { ...memory, firingId: firing.id });
      await layReady(tx, look, firing, "fired");
    } else if (change === "ends" && memory.firingId !== null) {
      const firing = await endAlertFiring(tx, memory.firingId, at);
      await saveAlertMemory(tx, rule.id, { ...memory, firingId: null });
      if (firing !== null) await layReady(tx, look, firing, "ended");
    } else if (isForgotten(memory, rule, at)) await removeAlertMemory(tx, rule.id, subject);
    else await saveAlertMemory(tx, rule.id, memory);
  }
}

const emptyMemory = (subject: string): AlertMemory => ({
  subject,
  overSinceMs: null,
  clearSinceMs: null,
  firedAtMs: null,
  firingId: null,
});

/** Nothing of it matters any more: it is not over, does not fire, and may fire again. */
const isForgotten = ({ overSinceMs, firingId, firedAtMs }: AlertMemory, { settings }: AlertRule, at: Date): boolean =>
  overSinceMs === null && firingId === null && (firedAtMs === null || at.getTime() - firedAtMs >= settings.coolDownMs);

const firingOf = (rule: AlertRule, reading: AlertReading, firedAt: Date): AlertFiringRow => ({
  id: newId("fir"),
  ruleId: rule.id,
  kind: rule.kindName,
  name: rule.name,
  subject: reading.subject,
  title: reading.title,
  value: reading.value,
  evidence: JSON.stringify(reading.evidence),
  fixLabel: reading.fix.label,
  fixPath: reading.fix.path,
  firedAt,
  endedAt: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
});

/**
 * A message for each channel of the alert. An end is said where the beginning was; where that still waits, for the end of
 * quiet hours or for a channel that fails, neither is sent.
 */
async function layReady(
  tx: Tx,
  { rule, at, zone, channels, isSilent }: Look,
  firing: AlertFiringRow,
  event: "fired" | "ended",
): Promise<void> {
  const wanted = new Set(event === "fired" ? rule.channels : await endBeginnings(tx, firing.id));
  if (isSilent && event === "fired") return;
  for (const channel of channels.filter(({ id }) => wanted.has(id)))
    await insertAlertDelivery(tx, {
      id: newId("msg"),
      firingId: firing.id,
      channelId: channel.id,
      channelKind: channel.kind,
      channelName: channel.name,
      event,
      state: "waiting",
      tries: 0,
      nextAt: afterQuietHours(at, channel, zone),
      claimedUntil: null,
      sentAt: null,
      tookMs: null,
      problem: null,
    });
}

/** Ids of the channels to which the beginning was sent. What still waits to be sent is given up. */
async function endBeginnings(tx: Tx, firingId: string): Promise<string[]> {
  const sent: string[] = [];
  for (const { id, state, channelId } of await listDeliveriesOf(tx, [firingId]))
    if (state === "sent") sent.push(channelId);
    else if (state === "waiting")
      await noteDelivery(tx, id, { state: "failed", problem: "It ended before it was sent." });
  return sent;
}
