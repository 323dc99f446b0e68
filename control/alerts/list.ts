import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { AlertMemory } from "#core/alerts/advance.ts";
import { type AlertNumber, DAY_MS } from "#core/alerts/alert-kind.ts";
import { type AlertKindName, alertKindNames, alertKinds } from "#core/alerts/alert-kinds.ts";
import type { AlertEvidence } from "#core/alerts/evidence.ts";
import {
  type AlertDeliveryRow,
  type AlertFiringRow,
  countUnacknowledged,
  listAlertChannels,
  listAlertMemories,
  listDeliveries,
  listFiringsSince,
  listOpenFirings,
} from "#store/alerts.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";
import { type Moment, readBounds } from "./bounds.ts";
import { type ChannelView, channelView } from "./channels.ts";
import { type Figures, readFigures } from "./figures.ts";
import { isCalledOff, sayEnd } from "./messages.ts";
import { type AlertRule, readAlertRules, snoozeEnd } from "./rules.ts";
import { type AlertState, firstWait, judgeState } from "./state.ts";

const HISTORY_DAYS = 30;
const HISTORY_MAX = 200;

export interface AlertRuleView {
  id: string;
  kind: AlertKindName;
  name: string;
  /** What it fires for, in words. */
  about: string;
  state: AlertState;
  isOn: boolean;
  /** Its value at the last look; null before the first. */
  now: string | null;
  threshold: number;
  minimumSample: number;
  holdS: number;
  coolDownS: number;
  channels: readonly string[];
  snoozedUntil: string | null;
  /** Start of the oldest firing that has not ended. */
  firingSince: string | null;
  /**
   * Time when the alert may fire if it stays beyond its bound. Null while it is within, or while all fires that is
   * beyond.
   */
  mayFireAt: string | null;
  lastFiredAt: string | null;
  /** Whether it was added by a person: it can be removed. */
  isAdded: boolean;
}

export interface DeliveryView {
  channelId: string;
  channel: string;
  event: "fired" | "ended";
  state: "waiting" | "sent" | "failed";
  tries: number;
  /** When it was taken; null while it was not. */
  sentAt: string | null;
  tookMs: number | null;
  problem: string | null;
  /** Whether a person called it off: the alert was switched off or removed, or the channel taken out. */
  isCalledOff: boolean;
}

export interface FiringView {
  id: string;
  ruleId: string;
  name: string;
  /** As it was sent: the figures when it fired. */
  title: string;
  value: string;
  evidence: AlertEvidence[];
  /** The same at the last look; null where it has ended, is within its bound, or could not be judged. */
  now: Figures | null;
  /** It fires still, and was within its bound at the last look. */
  isWithinNow: boolean;
  fix: { label: string; path: string };
  firedAt: string;
  endedAt: string | null;
  /** What ended it while its cause may have gone on. Null: it was judged to be over. */
  endedBy: "switched-off" | "removed" | "given-up" | "changed" | null;
  /** The line of the message at its end; null while it fires, and where nothing was said. */
  endTitle: string | null;
  acknowledgedBy: string | null;
  deliveries: DeliveryView[];
}

/** A kind that may be added, with what may be set. */
export interface AlertKindView {
  kind: AlertKindName;
  name: string;
  about: string;
  threshold: AlertNumber | null;
  sample: AlertNumber | null;
  defaults: { threshold: number; minimumSample: number; holdS: number; coolDownS: number };
}

export interface AlertsView {
  zone: string;
  /** When the alerts were judged last; null: never. */
  lookedAt: string | null;
  rules: AlertRuleView[];
  /** What fires now, newest first. */
  firing: FiringView[];
  /** The last 30 days, newest first, what fires now included. */
  history: FiringView[];
  historyDays: number;
  channels: ChannelView[];
  kinds: AlertKindView[];
  /** Whether there is a mail server. */
  hasMail: boolean;
  /** Whether messages contain links: there is an address under which CCO can be opened. */
  hasLinks: boolean;
}

/** Reads everything the page of alerts shows. */
export async function readAlerts(actor: Actor, deps: ControlDeps): Promise<AlertsView> {
  requirePermission(actor, "alerts.read");
  const at = await deps.sharedNow();
  const since = new Date(at.getTime() - HISTORY_DAYS * DAY_MS);
  const [rules, memories, open, recent, channels, figures, zone] = await Promise.all([
    readAlertRules(deps.db),
    listAlertMemories(deps.db),
    listOpenFirings(deps.db),
    listFiringsSince(deps.db, since, HISTORY_MAX),
    listAlertChannels(deps.db),
    readFigures(deps.db),
    reportingZone(deps),
  ]);
  const all = new Map([...open, ...recent].map((firing) => [firing.id, firing]));
  const deliveries = await listDeliveries(deps.db, [...all.keys()]);
  const view = (firing: AlertFiringRow) =>
    firingView(
      firing,
      firing.endedAt === null ? figures[firing.id] : undefined,
      deliveries.filter(({ firingId }) => firingId === firing.id),
    );
  const found = { memories, open, recent, moment: { at, channels, zone } };
  const ruleViews: AlertRuleView[] = [];
  for (const rule of rules) ruleViews.push(await ruleView(rule, found, deps));
  const looks = rules.flatMap(({ lookedAt }) => lookedAt ?? []);
  return {
    zone,
    lookedAt: looks.length === 0 ? null : new Date(Math.max(...looks.map(Number))).toISOString(),
    rules: ruleViews,
    firing: open.map(view),
    history: recent.map(view),
    historyDays: HISTORY_DAYS,
    channels: channels.map(channelView),
    kinds: alertKindNames.map(kindView),
    hasMail: deps.config.alerts.smtpUrl !== null,
    hasLinks: deps.config.publicUrl !== null,
  };
}

/** Number of alerts that fire and that no person has acknowledged, for the menu. */
export async function countFiring(actor: Actor, deps: ControlDeps): Promise<{ firing: number }> {
  requirePermission(actor, "alerts.read");
  return { firing: await countUnacknowledged(deps.db) };
}

interface Found {
  memories: readonly (AlertMemory & { ruleId: string })[];
  open: readonly AlertFiringRow[];
  recent: readonly AlertFiringRow[];
  moment: Moment;
}

async function ruleView(
  rule: AlertRule,
  { memories, open, recent, moment }: Found,
  deps: ControlDeps,
): Promise<AlertRuleView> {
  const { at } = moment;
  const firing = open.filter(({ ruleId }) => ruleId === rule.id).at(-1) ?? null;
  const last = recent.find(({ ruleId }) => ruleId === rule.id) ?? firing;
  const own = memories.filter(({ ruleId }) => ruleId === rule.id);
  const hasWaiting = own.some(({ overSinceMs, firingId }) => overSinceMs !== null && firingId === null);
  const wait = firstWait(rule, own, { bounds: await readBounds(deps.db, rule, moment, hasWaiting), at });
  return {
    id: rule.id,
    kind: rule.kindName,
    name: rule.name,
    about: rule.kind.about(rule.settings),
    state: judgeState(rule, { isFiring: firing !== null, wait, at }),
    isOn: rule.isOn,
    now: rule.isOn ? rule.nowText : null,
    threshold: rule.settings.threshold,
    minimumSample: rule.settings.minimumSample,
    holdS: rule.settings.holdMs / 1_000,
    coolDownS: rule.settings.coolDownMs / 1_000,
    channels: rule.channels,
    snoozedUntil: snoozeEnd(rule, at)?.toISOString() ?? null,
    firingSince: firing?.firedAt.toISOString() ?? null,
    mayFireAt: wait === null ? null : new Date(wait.untilMs).toISOString(),
    lastFiredAt: last?.firedAt.toISOString() ?? null,
    isAdded: rule.id !== rule.kindName,
  };
}

const firingView = (
  firing: AlertFiringRow,
  now: Figures | null | undefined,
  deliveries: readonly AlertDeliveryRow[],
): FiringView => ({
  id: firing.id,
  ruleId: firing.ruleId,
  name: firing.name,
  title: firing.title,
  value: firing.value,
  evidence: JSON.parse(firing.evidence) as FiringView["evidence"],
  now: now ?? null,
  isWithinNow: now === null,
  fix: { label: firing.fixLabel, path: firing.fixPath },
  firedAt: firing.firedAt.toISOString(),
  endedAt: firing.endedAt?.toISOString() ?? null,
  endedBy: firing.endedBy as FiringView["endedBy"],
  endTitle: sayEnd(firing),
  acknowledgedBy: firing.acknowledgedBy,
  deliveries: deliveries.map(({ channelId, channelName, event, state, tries, sentAt, tookMs, problem }) => ({
    channelId,
    channel: channelName,
    event: event as DeliveryView["event"],
    state: state as DeliveryView["state"],
    tries,
    sentAt: sentAt?.toISOString() ?? null,
    tookMs,
    problem,
    isCalledOff: state === "failed" && isCalledOff(problem),
  })),
});

function kindView(name: AlertKindName): AlertKindView {
  const kind = alertKinds[name];
  const { threshold, minimumSample, holdMs, coolDownMs } = kind.defaults;
  return {
    kind: name,
    name: kind.name,
    about: kind.about(kind.defaults),
    threshold: kind.threshold,
    sample: kind.sample,
    defaults: { threshold, minimumSample, holdS: holdMs / 1_000, coolDownS: coolDownMs / 1_000 },
  };
}
