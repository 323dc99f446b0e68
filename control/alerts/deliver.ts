import {
  type AlertDeliveryRow,
  claimDelivery,
  findAlertChannel,
  findAlertFiring,
  listDueDeliveries,
  noteDelivery,
} from "#store/alerts.ts";
import type { ControlDeps } from "../deps.ts";
import { messageOf } from "./messages.ts";
import { sendTo } from "./send.ts";

/** Longer than any try takes: an instance that ends in the middle leaves the message to another. */
const CLAIM_MS = 60_000;
const AT_ONCE_MAX = 20;
/** Time until the next try; after the last one the message has failed. */
const RETRY_AFTER_MS = [10_000, 60_000, 300_000, 1_800_000, 7_200_000] as const;

/**
 * Sends the messages that are due, each once among all instances. Only an instance that ends between sending and noting
 * it makes another send it again, with the same id.
 */
export async function deliverAlerts(deps: ControlDeps): Promise<number> {
  const due = await listDueDeliveries(deps.db, deps.now(), AT_ONCE_MAX);
  await Promise.all(due.map((delivery) => deliver(delivery, deps)));
  return due.length;
}

async function deliver(delivery: AlertDeliveryRow, deps: ControlDeps): Promise<void> {
  const at = deps.now();
  if (!(await claimDelivery(deps.db, delivery.id, at, new Date(at.getTime() + CLAIM_MS)))) return;
  // A fault in sending is one of this message: without a note it would be tried for ever, and hold up the others.
  const problem = await send(delivery, deps).catch(() => "It could not be made ready to be sent.");
  const now = deps.now();
  if (problem === null) {
    const tookMs = Math.max(0, now.getTime() - delivery.nextAt.getTime());
    return noteDelivery(deps.db, delivery.id, { state: "sent", sentAt: now, tookMs, problem: null });
  }
  const waitMs = RETRY_AFTER_MS[delivery.tries];
  await noteDelivery(deps.db, delivery.id, {
    problem,
    ...(waitMs === undefined ? { state: "failed" } : { nextAt: new Date(now.getTime() + waitMs) }),
  });
}

async function send({ id, firingId, channelId, event }: AlertDeliveryRow, deps: ControlDeps): Promise<string | null> {
  const [channel, firing] = await Promise.all([
    findAlertChannel(deps.db, channelId),
    findAlertFiring(deps.db, firingId),
  ]);
  if (channel === null || firing === null) return "The channel was removed.";
  return sendTo(channel, messageOf(id, event === "ended" ? "ended" : "fired", firing, deps.config.publicUrl), deps);
}
