import { afterQuietHours } from "#core/alerts/quiet-hours.ts";
import {
  type AlertDeliveryRow,
  claimDelivery,
  countTry,
  findAlertChannel,
  findAlertFiring,
  findAlertRule,
  giveUpClaimed,
  type HeldDeliveries,
  listAlertChannels,
  listAlertRules,
  listDueDeliveries,
  noteDelivery,
  noteFailedTry,
} from "#store/alerts.ts";
import type { Tx } from "#store/client.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";
import { buildMessage, channelTakenOut, removed, sayNotSent, switchedOff } from "./messages.ts";
import { snoozeEnd } from "./rules.ts";
import { openAddress, sealAddress } from "./sealed-address.ts";
import { sendTo } from "./send.ts";
import type { SendOutcome } from "./send-mail.ts";

/** Longer than any try takes: an instance that ends in the middle leaves the message to another. */
const CLAIM_MS = 60_000;
const AT_ONCE_MAX = 20;
/** Time until the next try; after the last one the message has failed. */
const RETRY_AFTER_MS = [10_000, 60_000, 300_000, 1_800_000, 7_200_000] as const;

/**
 * Sends the messages that are due, each once among all instances. Only an instance that ends between sending and noting
 * it makes another send it again, with the same id. Nothing is sent of an alert that is snoozed at this moment, nor to
 * a channel in its quiet hours: beginnings, ends and repeated tries wait alike, until the latest of both ends and their
 * own time.
 */
export async function deliverAlerts(deps: ControlDeps): Promise<number> {
  const at = await deps.sharedNow();
  const due = await listDueDeliveries(deps.db, at, await heldAt(at, deps), AT_ONCE_MAX);
  await Promise.all(due.map((delivery) => deliver(delivery, deps)));
  return due.length;
}

/** Read each time: a snooze that is shortened, extended or ended holds at once for what waits already. */
async function heldAt(at: Date, deps: ControlDeps): Promise<HeldDeliveries> {
  const [rules, channels, zone] = await Promise.all([
    listAlertRules(deps.db),
    listAlertChannels(deps.db),
    reportingZone(deps),
  ]);
  return {
    ruleIds: rules.filter((rule) => snoozeEnd(rule, at) !== null).map(({ id }) => id),
    channelIds: channels.filter((one) => afterQuietHours(at, one, zone) > at).map(({ id }) => id),
  };
}

async function deliver(listed: AlertDeliveryRow, deps: ControlDeps): Promise<void> {
  const at = await deps.sharedNow();
  const delivery = await beginTry(listed, at, deps);
  if (delivery === null) return;
  // Note a fault in sending as one of this message. Without a note the message would be tried for ever, and hold up the
  // others.
  const had = readTaken(delivery, deps);
  const { problem, taken } = await send(delivery, had, deps).catch(() => unready);
  const now = await deps.sharedNow();
  const tookMs = Math.max(0, now.getTime() - at.getTime());
  if (problem === null)
    return noteDelivery(deps.db, delivery.id, { state: "sent", sentAt: now, tookMs, problem: null, taken: null });
  // Of an e-mail some recipients may have it by now. The others alone are tried again; at the end it was sent in part.
  const all = [...had, ...taken];
  const waitMs = RETRY_AFTER_MS[delivery.tries - 1];
  const parts =
    taken.length === 0
      ? null
      : {
          taken: sealAddress(delivery.id, { to: all }, deps.config.sessionSecret),
          sentAt: delivery.sentAt ?? now,
          tookMs,
        };
  const isInPart = delivery.sentAt !== null || parts !== null;
  const isNoted = await noteFailedTry(deps.db, delivery.id, {
    problem,
    ...parts,
    ...(waitMs === undefined ? { state: isInPart ? "sent" : "failed" } : { nextAt: new Date(now.getTime() + waitMs) }),
  });
  if (isNoted) return;
  // It was given up while it was being sent, with the reason noted then. In part it was sent all the same.
  const whyNot = isInPart ? await findWhyNot(delivery, deps.db) : null;
  const said = whyNot === null ? problem : `${problem} ${whyNot}`;
  await noteDelivery(deps.db, delivery.id, isInPart ? { problem: said, ...parts, state: "sent" } : {});
}

/**
 * Begins a try. It claims the message as it was listed, and counts the try last: one that counts is made. Null: another
 * instance has it, it was given up meanwhile, or it is not to be sent any more, which is noted.
 */
async function beginTry(listed: AlertDeliveryRow, at: Date, { db }: ControlDeps): Promise<AlertDeliveryRow | null> {
  const claimedUntil = new Date(at.getTime() + CLAIM_MS);
  if (!(await claimDelivery(db, listed, at, claimedUntil))) return null;
  const whyNot = await findWhyNot(listed, db);
  const begun = whyNot === null ? await countTry(db, listed.id, claimedUntil) : null;
  if (begun === null) await giveUpClaimed(db, listed.id, claimedUntil, whyNot);
  return begun;
}

const unready: SendOutcome = { problem: "It could not be made ready to be sent.", taken: [] };

/** Recipients that a try before has reached. */
const readTaken = ({ id, taken }: AlertDeliveryRow, { config }: ControlDeps): readonly string[] =>
  taken === null ? [] : (openAddress(id, taken, config.sessionSecret)?.to ?? []);

/**
 * Finds why a message is not to be sent any more; null: it is. A beginning after the end would open it for ever, and a
 * channel that was taken out of the alert is sent the ends alone. Of an alert that was switched off or removed nothing
 * is sent.
 */
async function findWhyNot({ event, firingId, channelId, problem }: AlertDeliveryRow, tx: Tx): Promise<string | null> {
  const firing = await findAlertFiring(tx, firingId);
  if (firing === null) return null;
  const rule = await findAlertRule(tx, firing.ruleId);
  if (rule === null || firing.endedBy === "removed") return removed;
  if (!rule.isOn || firing.endedBy === "switched-off") return switchedOff;
  if (event !== "fired") return null;
  if (firing.endedAt !== null) return problem ?? sayNotSent(firing.endedBy);
  return rule.channels.split(",").includes(channelId) ? null : channelTakenOut;
}

async function send(
  { id, firingId, channelId, event }: AlertDeliveryRow,
  had: readonly string[],
  deps: ControlDeps,
): Promise<SendOutcome> {
  const [channel, firing] = await Promise.all([
    findAlertChannel(deps.db, channelId),
    findAlertFiring(deps.db, firingId),
  ]);
  if (channel === null || firing === null) return { problem: "The channel was removed.", taken: [] };
  const message = buildMessage(id, event === "ended" ? "ended" : "fired", firing, deps.config.publicUrl);
  return sendTo(channel, message, deps, had);
}
