import { systemActor } from "#core/access/actor.ts";
import { type AlertMemory, advance, withinLimit } from "#core/alerts/advance.ts";
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
  listDeliveries,
  listOpenFirings,
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
import { readAlertFacts } from "./facts.ts";
import { noteFigures } from "./figures.ts";
import { endedBeforeSent } from "./messages.ts";
import { type AlertRule, readAlertRules, toRow } from "./rules.ts";

/** Time between two looks, of all instances together. */
export const LOOK_EVERY_MS = 30_000;
/** Subjects of one alert that fire at once: more would be a flood of messages, and of writes. The others wait for their turn. */
const SUBJECTS_MAX = 50;
/** History that ended longer ago is removed. */
const KEEP_MS = 400 * DAY_MS;

/**
 * Judges every alert once, notes what fires and what ends, and lays the messages ready. Of instances that look at the
 * same time one does the work; the others return false. What a snoozed alert has to say waits (deliver.ts).
 */
export async function lookAtAlerts(deps: ControlDeps): Promise<boolean> {
  const at = deps.now();
  // A third of a look less: the clocks of two instances need not be the same to the second.
  const before = new Date(at.getTime() - (LOOK_EVERY_MS * 2) / 3);
  if (!(await claimAlertLook(deps.db, at, before))) return false;
  const facts = await readAlertFacts(systemActor, deps);
  await inTransaction(deps.db, async (tx) => {
    const rules = await readAlertRules(tx);
    const channels = await listAlertChannels(tx);
    const memories = await listAlertMemories(tx);
    const judged = new Map<string, readonly AlertReading[]>();
    for (const rule of rules) {
      const report = rule.isOn ? rule.kind.judge(facts, rule.settings) : { now: "", missing: 0, over: [] };
      const over = report.over.map(inOneLine);
      if (rule.isOn && report.missing === 0) judged.set(rule.id, over);
      const own = memories.filter(({ ruleId }) => ruleId === rule.id);
      const limit = { nowMs: at.getTime(), coolDownMs: rule.settings.coolDownMs, most: SUBJECTS_MAX };
      await step(tx, { rule, at, channels }, own, withinLimit(over, own, limit));
      const look = { nowText: report.now || null, missing: report.missing, lookedAt: at };
      await saveAlertRule(tx, toRow({ ...rule, ...look }, at));
    }
    await noteFigures(tx, await listOpenFirings(tx), judged, at);
    await removeOldFirings(tx, new Date(at.getTime() - KEEP_MS));
  });
  return true;
}

interface Look {
  rule: AlertRule;
  at: Date;
  channels: readonly AlertChannelRow[];
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
    const before = known.get(subject) ?? emptyMemory(subject);
    const { memory, change } = advance(before, reading, at.getTime(), rule.settings);
    if (change === "fires" && reading !== null) {
      const firing = buildFiring(rule, reading, at);
      await insertAlertFiring(tx, firing);
      await saveAlertMemory(tx, rule.id, { ...memory, firingId: firing.id });
      await layReady(tx, look, firing, "fired");
    } else if (change === "ends" && memory.firingId !== null) {
      await endFiring(tx, look, memory.firingId);
      await saveAlertMemory(tx, rule.id, { ...memory, firingId: null });
    } else if (isForgotten(memory, rule, at)) await removeAlertMemory(tx, rule.id, subject);
    else if (!isSame(before, memory)) await saveAlertMemory(tx, rule.id, memory);
  }
}

/** Most looks change nothing of what fires: a write for each subject would keep the console for seconds. */
const isSame = (one: AlertMemory, other: AlertMemory): boolean =>
  one.overSinceMs === other.overSinceMs &&
  one.clearSinceMs === other.clearSinceMs &&
  one.firedAtMs === other.firedAtMs &&
  one.firingId === other.firingId;

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

const buildFiring = (rule: AlertRule, reading: AlertReading, firedAt: Date): AlertFiringRow => ({
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

const inOneLine = (reading: AlertReading): AlertReading => ({
  ...reading,
  title: oneLine(reading.title),
  value: oneLine(reading.value),
  evidence: reading.evidence.map((one) => ({ ...one, text: oneLine(one.text) })),
});

/** Names come from callers: a line break in one would write lines of a message. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");

/** Ends a firing, and lays ready what that is to be said of. */
export async function endFiring(tx: Tx, look: Look, firingId: string): Promise<void> {
  const firing = await endAlertFiring(tx, firingId, look.at);
  if (firing !== null) await layReady(tx, look, firing, "ended");
}

/**
 * A message for each channel of the alert. An end is said wherever the beginning was sent, or may have been; where that still
 * waits for its first try, for the end of a snooze or of quiet hours, neither is sent.
 */
async function layReady(
  tx: Tx,
  { rule, at, channels }: Look,
  firing: AlertFiringRow,
  event: "fired" | "ended",
): Promise<void> {
  const begun = new Map(rule.channels.map((id) => [id, at]));
  const wanted = event === "fired" ? begun : await endBeginnings(tx, firing.id, at);
  for (const channel of channels) {
    const earliest = wanted.get(channel.id);
    if (earliest === undefined) continue;
    await insertAlertDelivery(tx, {
      id: newId("msg"),
      firingId: firing.id,
      channelId: channel.id,
      channelKind: channel.kind,
      channelName: channel.name,
      event,
      state: "waiting",
      tries: 0,
      nextAt: earliest,
      claimedUntil: null,
      sentAt: null,
      tookMs: null,
      problem: null,
    });
  }
}

/** By then a try that was under way is over, also one that another instance repeats. */
const AFTER_TRY_MS = 30_000;

/**
 * Gives up the waiting messages on the beginning of a firing that has ended. Returns when the end may be sent, by
 * channel to which the beginning was sent or may have been. A receiver that answers with an error or too late may have
 * taken it. A try that is under way is left to the instance that makes it.
 */
async function endBeginnings(tx: Tx, firingId: string, at: Date): Promise<Map<string, Date>> {
  const tried = new Map<string, Date>();
  for (const { id, state, tries, channelId, claimedUntil, problem } of await listDeliveries(tx, [firingId])) {
    const overAtMs = claimedUntil === null ? 0 : claimedUntil.getTime() + AFTER_TRY_MS;
    if (tries > 0) tried.set(channelId, new Date(Math.max(at.getTime(), overAtMs)));
    if (state === "waiting" && claimedUntil === null)
      await noteDelivery(tx, id, { state: "failed", problem: problem ?? endedBeforeSent });
  }
  return tried;
}
