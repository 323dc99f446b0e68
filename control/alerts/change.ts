import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { AlertSettings } from "#core/alerts/alert-kind.ts";
import { type AlertKindName, alertKindNames, alertKinds } from "#core/alerts/alert-kinds.ts";
import { AppError } from "#core/errors.ts";
import {
  acknowledgeFiring,
  findAlertFiring,
  giveUpBeginnings,
  hastenDeliveries,
  listAlertChannels,
  removeAlertRule,
  saveAlertRule,
  silenceFirings,
} from "#store/alerts.ts";
import type { Tx } from "#store/client.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { idField, nameField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId } from "../secrets.ts";
import { refuseStale, wasField } from "../seen-before.ts";
import { listCoolDowns } from "./bounds.ts";
import { channelTakenOut, removed, switchedOff } from "./messages.ts";
import { type AlertRule, readAlertRules, SNOOZE_HOURS_MAX, toRow } from "./rules.ts";
import { refuseField, requireWithin, secondsField } from "./settings-input.ts";

const RULES_MAX = 100;
const fields = {
  name: nameField(60).optional(),
  isOn: z.boolean().optional(),
  threshold: z.number().optional(),
  minimumSample: z.int("Write a whole number.").optional(),
  holdS: secondsField.optional(),
  coolDownS: secondsField.optional(),
  channels: z.array(idField).max(50).optional(),
};
const fieldNames = Object.keys(fields) as (keyof typeof fields)[];
const changeInput = z.strictObject({ ...fields, was: wasField(fieldNames).optional() });
const addInput = z.strictObject({ kind: z.enum(alertKindNames, "Choose a kind of alert."), ...fields });
type Wanted = Omit<z.output<typeof changeInput>, "was">;

/** Adds an alert of a kind beside the one that is there. Returns its id. */
export async function addAlert(actor: Actor, input: unknown, deps: ControlDeps): Promise<{ id: string }> {
  requirePermission(actor, "alerts.manage");
  const { kind: kindName, ...wanted } = parseInput(addInput, input);
  const id = newId("alr");
  await mutate(actor, deps, async (tx, at) => {
    const rules = await readAlertRules(tx);
    if (rules.length >= RULES_MAX)
      throw new AppError("request.invalid", {}, `There are ${RULES_MAX} alerts already. Remove one first.`);
    const rule = await changed(tx, newRule(id, kindName), wanted);
    await saveAlertRule(tx, toRow(rule, at));
    await recordAudit(tx, actor, { action: "alerts.add", object: { kind: "alert", id }, after: shown(rule) }, at);
  });
  return { id };
}

/**
 * Changes the given fields of an alert, and leaves the rest. What fires goes on firing until it is judged again, and is
 * closed in silence then where it is not beyond a new bound; what is switched off sends nothing more, for the cause may
 * go on. A channel that is left out is sent no beginning that it has not taken, and the end of each that it has. With
 * `was`, what the sender saw, `changed-meanwhile` is thrown when one of these is another by now.
 */
export async function changeAlert(
  actor: Actor,
  id: string,
  input: unknown,
  deps: ControlDeps,
): Promise<Record<string, never>> {
  requirePermission(actor, "alerts.manage");
  const { was, ...wanted } = parseInput(changeInput, input);
  const endedAt = await deps.sharedNow();
  await mutate(actor, deps, async (tx, at) => {
    const before = await requireRule(tx, id);
    const stored = { ...shown(before), channels: before.channels };
    const places = [
      { action: "alerts.change", object: { kind: "alert", id } },
      { action: "alerts.remove-channel", field: "channels" },
    ];
    await refuseStale(tx, { stored, was, wanted }, { what: `the alert “${before.name}”`, places });
    const after = await changed(tx, before, wanted);
    await saveAlertRule(tx, toRow(after, at));
    if (before.isOn && !after.isOn)
      await silenceFirings(tx, id, { at: endedAt, endedBy: "switched-off", problem: switchedOff });
    const channelIds = before.channels.filter((channel) => !after.channels.includes(channel));
    await giveUpBeginnings(tx, id, { channelIds, problem: channelTakenOut });
    const fact = { action: "alerts.change", object: { kind: "alert", id }, before: shown(before), after: shown(after) };
    await recordAudit(tx, actor, fact, at);
  });
  return {};
}

/**
 * Removes an alert that was added. What it fires ends in the history, and nothing more is sent of it: the cause may go on.
 * Those of the product can be switched off, and stay.
 */
export async function removeAlert(actor: Actor, id: string, deps: ControlDeps): Promise<Record<string, never>> {
  requirePermission(actor, "alerts.manage");
  if (alertKindNames.some((name) => name === id))
    throw new AppError("request.invalid", {}, "This alert belongs to the product. Switch it off instead.");
  const endedAt = await deps.sharedNow();
  await mutate(actor, deps, async (tx, at) => {
    const before = await requireRule(tx, id);
    await silenceFirings(tx, id, { at: endedAt, endedBy: "removed", problem: removed });
    await removeAlertRule(tx, id);
    await recordAudit(tx, actor, { action: "alerts.remove", object: { kind: "alert", id }, before: shown(before) }, at);
  });
  return {};
}

const snoozeInput = z.strictObject({
  hours: z.number().min(0, "Not below 0.").max(SNOOZE_HOURS_MAX, "At most 30 days."),
});

/**
 * Says nothing of an alert for some hours from now, in place of what was set before; 0 ends that. It is judged all the
 * same; what still fires then is sent, and so is the end of what was sent before.
 */
export async function snoozeAlert(
  actor: Actor,
  id: string,
  input: unknown,
  deps: ControlDeps,
): Promise<{ snoozedUntil: string | null }> {
  requirePermission(actor, "alerts.manage");
  const { hours } = parseInput(snoozeInput, input);
  const sharedAt = await deps.sharedNow();
  return mutate(actor, deps, async (tx, at) => {
    const rule = await requireRule(tx, id);
    const snoozedUntil = hours === 0 ? null : new Date(sharedAt.getTime() + hours * 3_600_000);
    await saveAlertRule(tx, toRow({ ...rule, snoozedUntil }, at));
    await hastenDeliveries(tx, id, sharedAt, await listCoolDowns(tx, rule, sharedAt));
    const after = { name: rule.name, snoozedUntil: snoozedUntil?.toISOString() ?? null };
    await recordAudit(tx, actor, { action: "alerts.snooze", object: { kind: "alert", id }, after }, at);
    return { snoozedUntil: after.snoozedUntil };
  });
}

/** Notes that the actor has seen a firing. The first one to say so stays. */
export async function acknowledgeAlert(
  actor: Actor,
  firingId: string,
  deps: ControlDeps,
): Promise<Record<string, never>> {
  requirePermission(actor, "alerts.manage");
  await mutate(actor, deps, async (tx, at) => {
    const firing = await findAlertFiring(tx, parseInput(idField, firingId));
    if (firing === null) throw new AppError("not-found", {}, "There is no such alert, or it has ended.");
    if (firing.acknowledgedAt !== null) return;
    await acknowledgeFiring(tx, firing.id, actor.name, at);
    const after = { name: firing.name, title: firing.title };
    await recordAudit(
      tx,
      actor,
      { action: "alerts.acknowledge", object: { kind: "firing", id: firing.id }, after },
      at,
    );
  });
  return {};
}

const newRule = (id: string, kindName: AlertKindName): AlertRule => ({
  id,
  kindName,
  kind: alertKinds[kindName],
  name: alertKinds[kindName].name,
  isOn: true,
  settings: alertKinds[kindName].defaults,
  channels: [],
  snoozedUntil: null,
  nowText: null,
  missing: 0,
  lookedAt: null,
});

async function requireRule(tx: Tx, id: string): Promise<AlertRule> {
  const rule = (await readAlertRules(tx)).find((one) => one.id === id);
  if (rule === undefined) throw new AppError("not-found", {}, "This alert does not exist.");
  return rule;
}

async function changed(tx: Tx, rule: AlertRule, wanted: Wanted): Promise<AlertRule> {
  const { kind } = rule;
  if (wanted.threshold !== undefined) requireWithin("threshold", kind.threshold, wanted.threshold);
  if (wanted.minimumSample !== undefined) requireWithin("minimumSample", kind.sample, wanted.minimumSample);
  const known = new Set((await listAlertChannels(tx)).map(({ id }) => id));
  const stray = wanted.channels?.find((id) => !known.has(id));
  if (stray !== undefined) refuseField("channels", "One of these channels does not exist any more.");
  const settings: AlertSettings = {
    threshold: wanted.threshold ?? rule.settings.threshold,
    minimumSample: wanted.minimumSample ?? rule.settings.minimumSample,
    holdMs: wanted.holdS === undefined ? rule.settings.holdMs : wanted.holdS * 1_000,
    coolDownMs: wanted.coolDownS === undefined ? rule.settings.coolDownMs : wanted.coolDownS * 1_000,
  };
  const channels = [...new Set(wanted.channels ?? rule.channels.filter((id) => known.has(id)))];
  const after = { ...rule, name: wanted.name ?? rule.name, isOn: wanted.isOn ?? rule.isOn, settings, channels };
  return isJudgedAlike(rule, after) ? after : { ...after, lookedAt: null };
}

/** Whether the last look would have said the same. It says nothing of other bounds, or of an alert that was off. */
const isJudgedAlike = (one: AlertRule, other: AlertRule): boolean =>
  one.isOn === other.isOn &&
  one.settings.threshold === other.settings.threshold &&
  one.settings.minimumSample === other.settings.minimumSample;

const shown = ({ name, kindName, isOn, settings, channels }: AlertRule) => ({
  name,
  kind: kindName,
  isOn,
  threshold: settings.threshold,
  minimumSample: settings.minimumSample,
  holdS: settings.holdMs / 1_000,
  coolDownS: settings.coolDownMs / 1_000,
  channels: channels.join(", "),
});
