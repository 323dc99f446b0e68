// Long because it is one look from the facts to the messages, in one transaction.

import { systemActor } from "#core/access/actor.ts";
import { type AlertBounds, type AlertMemory, advance, findChannelQuietEnd, withinLimit } from "#core/alerts/advance.ts";
import type { AlertFacts } from "#core/alerts/alert-facts.ts";
import { type AlertReading, type AlertReport, DAY_MS, isUnknownIn } from "#core/alerts/alert-kind.ts";
import {
  type AlertFiringRow,
  claimAlertLook,
  endAlertFiring,
  giveUpUntried,
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
  silenceFirings,
} from "#store/alerts.ts";
import type { Tx } from "#store/client.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "../deps.ts";
import { newId } from "../secrets.ts";
import { reportingZone } from "../settings/read.ts";
import { type Moment, readBounds } from "./bounds.ts";
import { readAlertFacts } from "./facts.ts";
import { noteFigures } from "./figures.ts";
import { sayNotSent, switchedOff } from "./messages.ts";
import { type AlertRule, readAlertRules, toRow } from "./rules.ts";

/** Time between two looks, of all instances together. */
export const LOOK_EVERY_MS = 30_000;
/**
 * Subjects of one alert that fire at once: more would be a flood of messages, and of writes. The others wait for their
 * turn.
 */
const SUBJECTS_MAX = 50;
/** History that ended longer ago is removed. */
const KEEP_MS = 400 * DAY_MS;

/**
 * Judges every alert once, notes what fires and what ends, and lays the messages ready. Of instances that look at the
 * same time one does the work; the others return false. What a snoozed alert has to say waits (deliver.ts).
 */
export async function lookAtAlerts(deps: ControlDeps): Promise<boolean> {
  const at = await deps.sharedNow();
  // A third of a look less: two instances wake at different moments.
  const before = new Date(at.getTime() - (LOOK_EVERY_MS * 2) / 3);
  if (!(await claimAlertLook(deps.db, at, before))) return false;
  const facts = await readAlertFacts(systemActor, deps, at);
  const zone = await reportingZone(deps);
  await inTransaction(deps.db, async (tx) => {
    const rules = await readAlertRules(tx);
    const moment = { at, zone, channels: await listAlertChannels(tx) };
    const memories = await listAlertMemories(tx);
    const judged = new Map<string, AlertReport>();
    for (const rule of rules) {
      const own = memories.filter(({ ruleId }) => ruleId === rule.id);
      const report = rule.isOn ? judge(rule, facts) : { now: "", missing: 0, over: [] };
      if (rule.isOn) {
        judged.set(rule.id, report);
        await step(tx, { rule, ...moment }, own, report);
      } else if (own.some(({ overSinceMs, firingId }) => overSinceMs !== null || firingId !== null))
        // Switched off by an earlier release, which left this to the next look.
        await silenceFirings(tx, rule.id, { at, endedBy: "switched-off", problem: switchedOff });
      const look = { nowText: report.now || null, missing: report.missing, lookedAt: at };
      await saveAlertRule(tx, toRow({ ...rule, ...look }, at));
    }
    await noteFigures(tx, await listOpenFirings(tx), judged, at);
    await removeOldFirings(tx, new Date(at.getTime() - KEEP_MS));
  });
  return true;
}

interface Look extends Moment {
  rule: AlertRule;
}

function judge({ kind, settings }: AlertRule, facts: AlertFacts): AlertReport {
  const report = kind.judge(facts, settings);
  return { ...report, over: report.over.map(inOneLine) };
}

/** Advances every subject that is over, or was. One of which nothing is known stays as it is. */
async function step(tx: Tx, look: Look, memories: readonly AlertMemory[], report: AlertReport): Promise<void> {
  const { rule, at } = look;
  const known = new Map(memories.map((memory) => [memory.subject, memory]));
  const hasWaiting = report.over.some(({ subject }) => (known.get(subject)?.firingId ?? null) === null);
  const bounds = await readBounds(tx, rule, look, hasWaiting);
  const taken = withinLimit(report.over, memories, { ...bounds, nowMs: at.getTime(), most: SUBJECTS_MAX });
  const readings = new Map(taken.map((reading) => [reading.subject, reading]));
  for (const subject of new Set([...readings.keys(), ...known.keys()])) {
    const reading = readings.get(subject) ?? null;
    if (reading === null && isUnknownIn(report, subject)) continue;
    const before = known.get(subject) ?? emptyMemory(subject);
    const closedBy = reading === null ? findClosedBy(rule, before, report) : null;
    if (before.firingId !== null && closedBy !== null) {
      await endFiring(tx, look, before.firingId, closedBy);
      await saveAlertMemory(tx, rule.id, { ...before, overSinceMs: null, clearSinceMs: null, firingId: null });
      continue;
    }
    const { memory, change } = advance(before, reading, at.getTime(), bounds);
    if (change === "fires" && reading !== null) {
      const firing = buildFiring(rule, reading, at);
      await insertAlertFiring(tx, firing);
      await saveAlertMemory(tx, rule.id, { ...memory, firingId: firing.id });
      await layReady(tx, look, { firing, event: "fired", wanted: listFreeChannels(subject, bounds, at) });
    } else if (change === "ends" && memory.firingId !== null) {
      await endFiring(tx, look, memory.firingId, null);
      await saveAlertMemory(tx, rule.id, { ...memory, firingId: null });
    } else if (isForgotten(memory, rule, at)) await removeAlertMemory(tx, rule.id, subject);
    else if (!isSame(before, memory)) await saveAlertMemory(tx, rule.id, memory);
  }
}

/**
 * Finds what closes a firing that is not beyond its bound, other than its end. At the first look after a person set other
 * bounds these close it: whether its cause is over is not known. What was within the old ones before ends as ever.
 */
function findClosedBy(
  { lookedAt }: AlertRule,
  { subject, clearSinceMs }: AlertMemory,
  report: AlertReport,
): "given-up" | "changed" | null {
  if (report.isGivenUp?.(subject)) return "given-up";
  return lookedAt === null && clearSinceMs === null ? "changed" : null;
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
  endedBy: null,
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

/**
 * Ends a firing, and lays its end ready wherever the beginning was sent, or may have been. Of what is given up the
 * message says so (messages.ts). Of what another bound closed nothing is sent: its cause may go on.
 */
async function endFiring(tx: Tx, look: Look, firingId: string, endedBy: "given-up" | "changed" | null): Promise<void> {
  const firing = await endAlertFiring(tx, firingId, { endedAt: look.at, endedBy });
  if (firing === null) return;
  const wanted = await endBeginnings(tx, firing.id, { at: look.at, problem: sayNotSent(endedBy) });
  if (endedBy !== "changed") await layReady(tx, look, { firing, event: "ended", wanted });
}

/**
 * Lists when each channel may be sent that a subject fires: at once, or at the end of its cool-down. Another channel,
 * which was not sent the last one, may be free before.
 */
function listFreeChannels(subject: string, bounds: AlertBounds, at: Date): Map<string, Date> {
  const nowMs = at.getTime();
  const channels = bounds.listChannels?.(subject) ?? [];
  const findFree = (channel: (typeof channels)[number]) =>
    new Date(Math.max(nowMs, findChannelQuietEnd(subject, channel, nowMs, bounds)));
  return new Map(channels.map((channel) => [channel.id, findFree(channel)]));
}

/** A message of a firing, and when each channel may be sent it at the earliest. */
interface Wanted {
  firing: AlertFiringRow;
  event: "fired" | "ended";
  wanted: ReadonlyMap<string, Date>;
}

/** Lays a message ready for each channel that is to have it. */
async function layReady(tx: Tx, { channels }: Moment, { firing, event, wanted }: Wanted): Promise<void> {
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
      taken: null,
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
async function endBeginnings(
  tx: Tx,
  firingId: string,
  { at, problem }: { at: Date; problem: string },
): Promise<Map<string, Date>> {
  const tried = new Map<string, Date>();
  for (const one of await listDeliveries(tx, [firingId])) {
    const { id, state, channelId, claimedUntil, sentAt } = one;
    // Also one that an instance has claimed: it counts the try before it sends, and finds this.
    const isUntried = state === "waiting" && one.tries === 0;
    if (isUntried && (await giveUpUntried(tx, id, one.problem ?? problem))) continue;
    const tries = isUntried ? 1 : one.tries;
    const overAtMs = claimedUntil === null ? 0 : claimedUntil.getTime() + AFTER_TRY_MS;
    if (tries > 0) tried.set(channelId, new Date(Math.max(at.getTime(), overAtMs)));
    if (state !== "waiting" || isUntried || claimedUntil !== null) continue;
    // Some recipients of an e-mail have it: it was sent in part.
    if (sentAt !== null) await noteDelivery(tx, id, { state: "sent" });
    else await noteDelivery(tx, id, { state: "failed", problem: one.problem ?? problem });
  }
  return tried;
}
