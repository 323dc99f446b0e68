// Long because it is every table of the alerts, which one look writes in one transaction.

import type { AlertMemory } from "#core/alerts/advance.ts";
import type { Tx } from "./client.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { queryRows, type SqlSource, toNumber, toText } from "./raw.ts";
import { settingKey } from "./settings.ts";
import { sqlInstant } from "./sql-instant.ts";

export type AlertRuleRow = Prisma.AlertRuleModel;
export type AlertFiringRow = Prisma.AlertFiringModel;
export type AlertChannelRow = Prisma.AlertChannelModel;
export type AlertDeliveryRow = Prisma.AlertDeliveryModel;

export const listAlertRules = (tx: Tx): Promise<AlertRuleRow[]> => tx.alertRule.findMany({ orderBy: { id: "asc" } });

/** Replaces a rule, or adds it. */
export async function saveAlertRule(tx: Tx, rule: AlertRuleRow): Promise<void> {
  const { id, ...data } = rule;
  await tx.alertRule.upsert({ where: { id }, create: rule, update: data });
}

/** Removes a rule and what it remembers. What it fired stays in the history, and must have been ended before. */
export async function removeAlertRule(tx: Tx, id: string): Promise<void> {
  await tx.alertRule.deleteMany({ where: { id } });
  await tx.alertMemory.deleteMany({ where: { ruleId: id } });
}

const toMs = (at: Date | null): number | null => at?.getTime() ?? null;
const toDate = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** Lists what each alert remembers of each of its subjects. */
export async function listAlertMemories(tx: Tx): Promise<(AlertMemory & { ruleId: string })[]> {
  const rows = await tx.alertMemory.findMany();
  return rows.map(({ ruleId, subject, overSince, clearSince, firedAt, firingId }) => ({
    ruleId,
    subject,
    overSinceMs: toMs(overSince),
    clearSinceMs: toMs(clearSince),
    firedAtMs: toMs(firedAt),
    firingId,
  }));
}

/** Writes what an alert remembers of one subject, in place of what was there. */
export async function saveAlertMemory(tx: Tx, ruleId: string, memory: AlertMemory): Promise<void> {
  const { subject } = memory;
  const data = {
    overSince: toDate(memory.overSinceMs),
    clearSince: toDate(memory.clearSinceMs),
    firedAt: toDate(memory.firedAtMs),
    firingId: memory.firingId,
  };
  const ruleId_subject = { ruleId, subject };
  await tx.alertMemory.upsert({ where: { ruleId_subject }, create: { ruleId, subject, ...data }, update: data });
}

export async function removeAlertMemory(tx: Tx, ruleId: string, subject: string): Promise<void> {
  await tx.alertMemory.deleteMany({ where: { ruleId, subject } });
}

export async function insertAlertFiring(tx: Tx, firing: AlertFiringRow): Promise<void> {
  await tx.alertFiring.create({ data: firing });
}

/** Ends a firing; null when it had ended, or is not known. `endedBy`: what ended it while its cause may go on. */
export async function endAlertFiring(
  tx: Tx,
  id: string,
  { endedAt, endedBy }: { endedAt: Date; endedBy: "given-up" | "changed" | null },
): Promise<AlertFiringRow | null> {
  const { count } = await tx.alertFiring.updateMany({ where: { id, endedAt: null }, data: { endedAt, endedBy } });
  return count === 0 ? null : tx.alertFiring.findUnique({ where: { id } });
}

/**
 * Ends everything that an alert fires, and sends nothing of it. It is not judged any more, and the cause may go on.
 * Messages that wait are given up.
 */
export async function silenceFirings(
  tx: Tx,
  ruleId: string,
  { at, endedBy, problem }: { at: Date; endedBy: string; problem: string },
): Promise<void> {
  await giveUpWaiting(tx, { firingId: { in: await firingsThatWait(tx, [ruleId]) } }, problem);
  await tx.alertFiring.updateMany({ where: { ruleId, endedAt: null }, data: { endedAt: at, endedBy } });
  await tx.alertMemory.updateMany({ where: { ruleId }, data: { overSince: null, clearSince: null, firingId: null } });
}

/**
 * Gives up the beginnings of an alert that wait for these channels. The end of what a channel was sent is still said
 * there.
 */
export async function giveUpBeginnings(
  tx: Tx,
  ruleId: string,
  { channelIds, problem }: { channelIds: readonly string[]; problem: string },
): Promise<void> {
  if (channelIds.length === 0) return;
  const firingId = { in: await firingsThatWait(tx, [ruleId]) };
  await giveUpWaiting(tx, { firingId, channelId: { in: [...channelIds] }, event: "fired" }, problem);
}

/**
 * Gives up messages that wait. One that is being sent at this moment is sent if the receiver takes it, which
 * `noteDelivery` notes; if not, it is not tried again.
 */
async function giveUpWaiting(tx: Tx, which: Prisma.AlertDeliveryWhereInput, problem: string): Promise<void> {
  const waits = { ...which, state: "waiting" };
  // What some recipients of an e-mail have was sent in part: beside who lacks it, say why that stays so.
  for (const one of await tx.alertDelivery.findMany({ where: { ...waits, sentAt: { not: null } } })) {
    const data = { state: "sent", problem: joinOnce(one.problem, problem) };
    await tx.alertDelivery.updateMany({ where: { ...waits, id: one.id }, data });
  }
  await tx.alertDelivery.updateMany({ where: { ...waits, sentAt: null }, data: { state: "failed", problem } });
}

const joinOnce = (known: string | null, added: string): string =>
  known === null || known.includes(added) ? (known ?? added) : `${known} ${added}`;

export const findAlertRule = (tx: Tx, id: string): Promise<AlertRuleRow | null> =>
  tx.alertRule.findUnique({ where: { id } });

export const findAlertFiring = (tx: Tx, id: string): Promise<AlertFiringRow | null> =>
  tx.alertFiring.findUnique({ where: { id } });

/** Those that have not ended, newest first, at most 200. */
export const listOpenFirings = (tx: Tx): Promise<AlertFiringRow[]> =>
  tx.alertFiring.findMany({ where: { endedAt: null }, orderBy: [{ firedAt: "desc" }, { id: "asc" }], take: 200 });

/** Number of alerts that fire and that no person has acknowledged. */
export const countUnacknowledged = (tx: Tx): Promise<number> =>
  tx.alertFiring.count({ where: { endedAt: null, acknowledgedAt: null } });

/** Those that fired since an instant, newest first. */
export const listFiringsSince = (tx: Tx, since: Date, take: number): Promise<AlertFiringRow[]> =>
  tx.alertFiring.findMany({
    where: { firedAt: { gte: since } },
    orderBy: [{ firedAt: "desc" }, { id: "asc" }],
    take,
  });

/** Notes who has seen it; the first one stays. */
export async function acknowledgeFiring(tx: Tx, id: string, by: string, at: Date): Promise<void> {
  const data = { acknowledgedBy: by, acknowledgedAt: at };
  await tx.alertFiring.updateMany({ where: { id, acknowledgedAt: null }, data });
}

export const listAlertChannels = (tx: Tx): Promise<AlertChannelRow[]> =>
  tx.alertChannel.findMany({ orderBy: [{ createdAt: "asc" }, { id: "asc" }] });

export const findAlertChannel = (tx: Tx, id: string): Promise<AlertChannelRow | null> =>
  tx.alertChannel.findUnique({ where: { id } });

export async function saveAlertChannel(tx: Tx, channel: AlertChannelRow): Promise<void> {
  const { id, ...data } = channel;
  await tx.alertChannel.upsert({ where: { id }, create: channel, update: data });
}

/** Removes a channel, and what still waits for it. */
export async function removeAlertChannel(tx: Tx, id: string): Promise<void> {
  await tx.alertChannel.deleteMany({ where: { id } });
  await tx.alertDelivery.deleteMany({ where: { channelId: id, state: "waiting" } });
}

export async function insertAlertDelivery(tx: Tx, delivery: AlertDeliveryRow): Promise<void> {
  await tx.alertDelivery.create({ data: delivery });
}

export const listDeliveries = (tx: Tx, firingIds: readonly string[]): Promise<AlertDeliveryRow[]> =>
  tx.alertDelivery.findMany({
    where: { firingId: { in: [...firingIds] } },
    orderBy: [{ nextAt: "asc" }, { id: "asc" }],
  });

/**
 * Longest times that a message waits, for the end of a cool-down, and that one is being sent. A row that says more was
 * written by a clock that was ahead.
 */
const WAIT_MAX_MS = 92 * 86_400_000;
const CLAIM_MAX_MS = 600_000;
const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms);
/** Not being sent by an instance at this moment. */
const isFree = (at: Date) => ({
  OR: [{ claimedUntil: null }, { claimedUntil: { lte: at } }, { claimedUntil: { gt: after(at, CLAIM_MAX_MS) } }],
});

/** What is not to be sent at this moment. */
export interface HeldDeliveries {
  /** Alerts that are snoozed. */
  ruleIds: readonly string[];
  /** Channels in their quiet hours. */
  channelIds: readonly string[];
}

/** Messages that are due and that nothing holds, oldest first. */
export async function listDueDeliveries(
  tx: Tx,
  at: Date,
  held: HeldDeliveries,
  take: number,
): Promise<AlertDeliveryRow[]> {
  return tx.alertDelivery.findMany({
    where: {
      state: "waiting",
      channelId: { notIn: [...held.channelIds] },
      firingId: { notIn: await firingsThatWait(tx, held.ruleIds) },
      AND: [isFree(at), { OR: [{ nextAt: { lte: at } }, { nextAt: { gt: after(at, WAIT_MAX_MS) } }] }],
    },
    orderBy: [{ nextAt: "asc" }, { id: "asc" }],
    take,
  });
}

/** Those of these alerts of which a message waits, also such that have ended. */
async function firingsThatWait(tx: Tx, ruleIds: readonly string[]): Promise<string[]> {
  if (ruleIds.length === 0) return [];
  const places = ruleIds.map((_, at) => `$${at + 1}`).join(", ");
  const rows = await queryRows(
    tx,
    `SELECT DISTINCT f.id FROM alert_delivery d JOIN alert_firing f ON f.id = d.firing_id
     WHERE d.state = 'waiting' AND f.rule_id IN (${places})`,
    ruleIds,
  );
  return rows.map(({ id }) => toText(id));
}

/** Takes a due message for the caller if it is as it was listed. A try that was made meanwhile is not repeated. */
export async function claimDelivery(
  tx: Tx,
  { id, tries }: AlertDeliveryRow,
  at: Date,
  claimedUntil: Date,
): Promise<boolean> {
  const where = { id, state: "waiting", tries, ...isFree(at) };
  return (await tx.alertDelivery.updateMany({ where, data: { claimedUntil } })).count === 1;
}

/** Counts the try of a claimed message, and reads it. Null where the claim is over, or the message was given up. */
export async function countTry(tx: Tx, id: string, claimedUntil: Date): Promise<AlertDeliveryRow | null> {
  const where = { id, state: "waiting", claimedUntil };
  const { count } = await tx.alertDelivery.updateMany({ where, data: { tries: { increment: 1 } } });
  return count === 0 ? null : tx.alertDelivery.findUnique({ where: { id } });
}

/** Ends the claim of a message that is not tried, and gives it up where there is a problem. */
export async function giveUpClaimed(tx: Tx, id: string, claimedUntil: Date, problem: string | null): Promise<void> {
  if (problem !== null) await giveUpWaiting(tx, { id, claimedUntil }, problem);
  await tx.alertDelivery.updateMany({ where: { id, claimedUntil }, data: { claimedUntil: null } });
}

/** Gives up a message that no try was made for; false where one was, or is made now. */
export async function giveUpUntried(tx: Tx, id: string, problem: string): Promise<boolean> {
  const where = { id, state: "waiting", tries: 0 };
  return (await tx.alertDelivery.updateMany({ where, data: { state: "failed", problem } })).count === 1;
}

type TryOutcome = Partial<Pick<AlertDeliveryRow, "state" | "nextAt" | "sentAt" | "tookMs" | "problem" | "taken">>;

/** Notes how a try went. */
export async function noteDelivery(tx: Tx, id: string, outcome: TryOutcome): Promise<void> {
  await tx.alertDelivery.updateMany({ where: { id }, data: { ...outcome, claimedUntil: null } });
}

/** Notes a try that failed; false, and nothing is noted, where the message was given up meanwhile. */
export async function noteFailedTry(tx: Tx, id: string, outcome: TryOutcome): Promise<boolean> {
  const { count } = await tx.alertDelivery.updateMany({
    where: { id, state: "waiting" },
    data: { ...outcome, claimedUntil: null },
  });
  return count === 1;
}

/** A subject of an alert, and when a channel was last sent that it is beyond its bound. */
interface SaidOf {
  subject: string;
  channelId: string;
  saidAtMs: number;
}

/**
 * Lists when each channel was last sent what an alert fired, since an instant. A message that failed at each try was not
 * sent; one whose try is under way may have been.
 */
export async function listSaid(tx: Tx, ruleId: string, since: Date): Promise<SaidOf[]> {
  const rows = await queryRows(
    tx,
    `SELECT f.subject, d.channel_id, MAX(COALESCE(d.sent_at, d.next_at)) AS said_at
     FROM alert_delivery d JOIN alert_firing f ON f.id = d.firing_id
     WHERE f.rule_id = $1 AND d.event = 'fired' AND COALESCE(d.sent_at, d.next_at) >= $2
       AND (d.sent_at IS NOT NULL OR (d.state = 'waiting' AND d.tries > 0))
     GROUP BY f.subject, d.channel_id`,
    [ruleId, sqlInstant(since)],
  );
  return rows.map(({ subject, channel_id, said_at }) => ({
    subject: toText(subject),
    channelId: toText(channel_id),
    saidAtMs: Date.parse(toText(said_at)),
  }));
}

/**
 * Makes the untried messages of an alert due that were laid ready for a later time. An earlier release noted the end of
 * the snooze, or of quiet hours, as it was then. Those that wait for a cool-down of their channel stay.
 */
export async function hastenDeliveries(
  tx: Tx,
  ruleId: string,
  at: Date,
  coolDowns: readonly { channelId: string; untilMs: number }[],
): Promise<void> {
  const quiet = coolDowns.filter(({ untilMs }) => untilMs > at.getTime());
  const notQuiet = quiet.map(({ channelId, untilMs }) => ({ channelId, nextAt: new Date(untilMs) }));
  const later = { state: "waiting", tries: 0, nextAt: { gt: after(at, CLAIM_MAX_MS) }, NOT: notQuiet };
  const firingId = { in: await firingsThatWait(tx, [ruleId]) };
  await tx.alertDelivery.updateMany({ where: { firingId, ...later }, data: { nextAt: at } });
}

/** Removes history that ended before an instant. */
export async function removeOldFirings(tx: Tx, before: Date): Promise<void> {
  const old = await tx.alertFiring.findMany({ where: { endedAt: { lt: before } }, select: { id: true }, take: 500 });
  const ids = old.map(({ id }) => id);
  await tx.alertDelivery.deleteMany({ where: { firingId: { in: ids } } });
  await tx.alertFiring.deleteMany({ where: { id: { in: ids } } });
}

/** Takes the next look at the alerts when the last one is older than `before`. Of several instances one gets true. */
export async function claimAlertLook(source: SqlSource, at: Date, before: Date): Promise<boolean> {
  const rows = await queryRows(
    source,
    `INSERT INTO setting ("key", "value", "updated_at") VALUES ($1, $2, $3)
     ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value", "updated_at" = excluded."updated_at"
     WHERE setting."value" < $4 OR setting."value" > $2 RETURNING "key"`,
    [settingKey.alertsLooked, instantSetting(at), sqlInstant(at), instantSetting(before)],
  );
  return rows.length === 1;
}

/** As `writeSetting` stores it, so that texts compare as instants do. */
const instantSetting = (at: Date): string => JSON.stringify(at.toISOString());

interface InstanceWatch {
  id: string;
  hostname: string;
  seenAtMs: number;
  waitingBytes: number | null;
  oldestWaitingMs: number | null;
}

/** Every proxy process that has not signed off. */
export async function listWatchedInstances(tx: Tx): Promise<InstanceWatch[]> {
  const rows = await tx.instance.findMany({ orderBy: [{ startedAt: "asc" }, { id: "asc" }], take: 500 });
  return rows.map(({ id, hostname, seenAt, waitingBytes, oldestWaitingAt }) => ({
    id,
    hostname,
    seenAtMs: seenAt.getTime(),
    waitingBytes: waitingBytes === null ? null : Number(waitingBytes),
    oldestWaitingMs: toMs(oldestWaitingAt),
  }));
}

/** Start of the first quarter-hour with requests, epoch milliseconds; null without any. */
export async function firstQuarterMs(source: SqlSource): Promise<number | null> {
  const [row] = await queryRows(source, "SELECT MIN(bucket_s) AS first FROM rollup_quarter", []);
  return row === undefined || toText(row.first) === "" ? null : toNumber(row.first) * 1_000;
}
