import { type AlertBounds, findChannelQuietEnd } from "#core/alerts/advance.ts";
import type { AlertKind } from "#core/alerts/alert-kind.ts";
import { afterQuietHours } from "#core/alerts/quiet-hours.ts";
import { type AlertChannelRow, listSaid } from "#store/alerts.ts";
import type { Tx } from "#store/client.ts";
import { type AlertRule, snoozeEnd } from "./rules.ts";

/** One moment, with what decides when a message may leave then. */
export interface Moment {
  at: Date;
  channels: readonly AlertChannelRow[];
  /** Zone of the quiet hours. */
  zone: string;
}

/**
 * Reads by what the subjects of an alert advance: its settings, and what its channels were sent and when. What they were
 * sent matters for subjects alone that are beyond their bound and do not fire: for others nothing is read.
 */
export async function readBounds(
  tx: Tx,
  rule: AlertRule,
  { at, channels, zone }: Moment,
  hasWaiting: boolean,
): Promise<AlertBounds> {
  const { holdMs, coolDownMs } = rule.settings;
  const own = channels.filter(({ id }) => rule.channels.includes(id));
  const since = new Date(at.getTime() - coolDownMs);
  const said = hasWaiting && own.length > 0 ? await listSaid(tx, rule.id, since) : [];
  const saidAtMs = new Map(said.map((one) => [`${one.channelId} ${one.subject}`, one.saidAtMs]));
  const start = snoozeEnd(rule, at) ?? at;
  const turns = own.map((one) => ({ id: one.id, opensAtMs: afterQuietHours(start, one, zone).getTime() }));
  return {
    holdMs,
    coolDownMs,
    listChannels: (subject) =>
      turns.map((turn) => ({ ...turn, saidAtMs: saidAtMs.get(`${turn.id} ${subject}`) ?? null })),
    ...pickLongestQuiet(rule.kind),
  };
}

/** Lists the cool-downs of the channels of an alert, one for each subject that a channel was sent something about. */
export async function listCoolDowns(
  tx: Tx,
  { id, kind, settings: { coolDownMs } }: AlertRule,
  at: Date,
): Promise<{ channelId: string; untilMs: number }[]> {
  const nowMs = at.getTime();
  const bounds = { coolDownMs, ...pickLongestQuiet(kind) };
  return (await listSaid(tx, id, new Date(nowMs - coolDownMs))).map(({ subject, channelId, saidAtMs }) => ({
    channelId,
    untilMs: findChannelQuietEnd(subject, { saidAtMs }, nowMs, bounds),
  }));
}

const pickLongestQuiet = ({ findLongestQuietMs }: AlertKind): Pick<AlertBounds, "findLongestQuietMs"> =>
  findLongestQuietMs === undefined ? {} : { findLongestQuietMs };
