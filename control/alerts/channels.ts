import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { HOUR_MS } from "#core/alerts/alert-kind.ts";
import { AppError } from "#core/errors.ts";
import {
  type AlertChannelRow,
  type AlertFiringRow,
  findAlertChannel,
  listAlertChannels,
  removeAlertChannel,
  saveAlertChannel,
  saveAlertRule,
} from "#store/alerts.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { idField, nameField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId } from "../secrets.ts";
import { buildMessage } from "./messages.ts";
import { findOutside, isNamedHost } from "./outside-address.ts";
import { readAlertRules, toRow } from "./rules.ts";
import { type ChannelAddress, openAddress, sealAddress } from "./sealed-address.ts";
import { sendTo } from "./send.ts";
import { clockField, recipientsField, refuseField, requireQuietHours } from "./settings-input.ts";

const CHANNELS_MAX = 50;
/** A receiver has this long to take the new secret before the old one stops signing. */
const OLD_SECRET_MS = 24 * HOUR_MS;
/** Each signs every message, so their number is bounded. */
const OLD_SECRETS_MAX = 5;

const urlField = z
  .string()
  .trim()
  .max(1_000, "Use at most 1,000 characters.")
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), "This is not an https address.")
  .refine((text) => !URL.canParse(text) || !hasSignIn(new URL(text)), "Leave user and password out of the address.");

const hasSignIn = ({ username, password }: URL): boolean => username !== "" || password !== "";

const common = { name: nameField(60), quietFrom: clockField, quietTo: clockField };
const channelInput = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("slack"), ...common, url: urlField }),
    z.strictObject({ kind: z.literal("webhook"), ...common, url: urlField }),
    z.strictObject({
      kind: z.literal("email"),
      ...common,
      to: recipientsField,
    }),
  ],
  "Choose slack, webhook or email.",
);
type ChannelInput = z.output<typeof channelInput>;

export interface ChannelView {
  id: string;
  kind: "slack" | "webhook" | "email";
  name: string;
  /** What is shown of the address: its host, or the recipients. */
  target: string;
  quietFrom: string | null;
  quietTo: string | null;
}

export interface AddedChannel {
  channel: ChannelView;
  /** Ids of the alerts that are sent there: none of a new channel, until it is chosen in them. */
  alerts: string[];
  /** Signing secret of a webhook, shown once. */
  secret: string | null;
}

export const channelView = ({ id, kind, name, target, quietFrom, quietTo }: AlertChannelRow): ChannelView => ({
  id,
  kind: kind as ChannelView["kind"],
  name,
  target,
  quietFrom,
  quietTo,
});

/** Adds a channel. The secret that signs what a webhook is sent is returned here and never again. */
export async function addChannel(actor: Actor, input: unknown, deps: ControlDeps): Promise<AddedChannel> {
  requirePermission(actor, "alerts.manage");
  const wanted = parseInput(channelInput, input);
  requireQuietHours(wanted);
  await requireDestination(wanted, deps);
  const id = newId("chn");
  const secret = wanted.kind === "webhook" ? `whsec_${randomBytes(32).toString("base64")}` : null;
  const address: ChannelAddress =
    wanted.kind === "email"
      ? { to: wanted.to }
      : { url: wanted.url, ...(secret === null ? {} : { secrets: [{ secret, untilMs: null }] }) };
  const sealed = sealAddress(id, address, deps.config.sessionSecret);
  const channel = await mutate(actor, deps, async (tx, at) => {
    if ((await listAlertChannels(tx)).length >= CHANNELS_MAX)
      throw new AppError("request.invalid", {}, `There are ${CHANNELS_MAX} channels already. Remove one first.`);
    const { kind, name, quietFrom, quietTo } = wanted;
    const row = { id, kind, name, target: formatTarget(wanted), sealed, quietFrom, quietTo };
    const saved = { ...row, createdBy: actor.name, createdAt: at, updatedAt: at };
    await saveAlertChannel(tx, saved);
    await recordAudit(
      tx,
      actor,
      { action: "alerts.add-channel", object: { kind: "channel", id }, after: shown(row) },
      at,
    );
    return saved;
  });
  return { channel: channelView(channel), alerts: [], secret };
}

/** Removes a channel; alerts that named it are sent to the others. */
export async function dropChannel(actor: Actor, id: string, deps: ControlDeps): Promise<Record<string, never>> {
  requirePermission(actor, "alerts.manage");
  await mutate(actor, deps, async (tx, at) => {
    const channel = await findAlertChannel(tx, parseInput(idField, id));
    if (channel === null) throw new AppError("not-found", {}, "There is no such channel.");
    await removeAlertChannel(tx, id);
    for (const rule of await readAlertRules(tx))
      if (rule.channels.includes(id))
        await saveAlertRule(tx, toRow({ ...rule, channels: rule.channels.filter((one) => one !== id) }, at));
    const fact = { action: "alerts.remove-channel", object: { kind: "channel", id }, before: shown(channel) };
    await recordAudit(tx, actor, fact, at);
  });
  return {};
}

/**
 * Makes a new signing secret for a webhook, shown once. Each older one signs beside it for a day after it was replaced; a
 * sixth within a day is refused.
 */
export async function renewChannelSecret(actor: Actor, id: string, deps: ControlDeps): Promise<AddedChannel> {
  requirePermission(actor, "alerts.manage");
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const { sessionSecret } = deps.config;
  const { channel, alerts } = await mutate(actor, deps, async (tx, at) => {
    const row = await findAlertChannel(tx, parseInput(idField, id));
    if (row === null || row.kind !== "webhook")
      throw new AppError("not-found", {}, "There is no such webhook: only webhooks have a secret.");
    const address = openAddress(id, row.sealed, sessionSecret);
    if (address === null)
      throw new AppError(
        "request.invalid",
        {},
        "The address was sealed with another session secret. Add the channel again.",
      );
    const secrets = [{ secret, untilMs: null }, ...stillSigning(address, at)];
    const saved = { ...row, sealed: sealAddress(id, { ...address, secrets }, sessionSecret), updatedAt: at };
    await saveAlertChannel(tx, saved);
    const fact = { action: "alerts.renew-secret", object: { kind: "channel", id }, after: shown(row) };
    await recordAudit(tx, actor, fact, at);
    const rules = await readAlertRules(tx);
    return { channel: saved, alerts: rules.filter(({ channels }) => channels.includes(id)).map((rule) => rule.id) };
  });
  return { channel: channelView(channel), alerts, secret };
}

function stillSigning({ secrets = [] }: ChannelAddress, at: Date): { secret: string; untilMs: number }[] {
  const old = secrets
    .map(({ secret, untilMs }) => ({ secret, untilMs: untilMs ?? at.getTime() + OLD_SECRET_MS }))
    .filter(({ untilMs }) => untilMs > at.getTime());
  if (old.length <= OLD_SECRETS_MAX) return old;
  const free = new Date(Math.min(...old.map(({ untilMs }) => untilMs))).toISOString();
  throw new AppError(
    "request.invalid",
    {},
    `${OLD_SECRETS_MAX} older secrets still sign, each for 24 hours. Renew it again after ${free}, or remove the channel and add it again.`,
  );
}

export interface TestOutcome {
  /** Whether all have it. */
  isSent: boolean;
  /** Whether some recipients of an e-mail have it; `problem` names who lacks it. */
  isInPart: boolean;
  tookMs: number;
  /** One sentence that names the fix; null when it was sent. */
  problem: string | null;
}

/** Sends a message that is marked as a test, at once and once. */
export async function testChannel(actor: Actor, id: string, deps: ControlDeps): Promise<TestOutcome> {
  requirePermission(actor, "alerts.manage");
  const channel = await findAlertChannel(deps.db, parseInput(idField, id));
  if (channel === null) throw new AppError("not-found", {}, "There is no such channel.");
  const at = deps.now();
  const message = buildMessage(newId("msg"), "test", testFiring(at), deps.config.publicUrl);
  const { problem, taken } = await sendTo(channel, message, deps);
  const tookMs = Math.max(0, deps.now().getTime() - at.getTime());
  return { isSent: problem === null, isInPart: taken.length > 0, tookMs, problem };
}

const testFiring = (firedAt: Date): AlertFiringRow => ({
  id: "test",
  ruleId: "test",
  kind: "test",
  name: "Test",
  subject: "",
  title: "This channel receives the alerts of CCO",
  value: "",
  evidence: JSON.stringify([{ label: "Sent by", text: "CCO, because a person pressed Send test" }]),
  fixLabel: "Open alerts",
  fixPath: "/alerts",
  firedAt,
  endedAt: null,
  endedBy: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
});

/** A wrong address is found while it is typed, not at the first alert at night. */
async function requireDestination(wanted: ChannelInput, deps: ControlDeps): Promise<void> {
  if (wanted.kind === "email") {
    if (deps.config.alerts.smtpUrl === null)
      refuseField("to", "There is no mail server: the operator sets CCO_SMTP_URL and CCO_SMTP_FROM.");
    return;
  }
  const url = new URL(wanted.url);
  const { hosts } = deps.config.alerts;
  if (url.protocol !== "https:" && !isNamedHost(url.hostname, hosts))
    refuseField("url", "Use https: what is sent names people, projects and sums.");
  const place = await findOutside(url.hostname, hosts);
  if (typeof place === "string") refuseField("url", place);
}

/** The path of an incoming webhook is its secret. */
const formatTarget = (wanted: ChannelInput): string =>
  wanted.kind === "email" ? wanted.to.join(", ") : new URL(wanted.url).host;

const shown = ({
  kind,
  name,
  target,
  quietFrom,
  quietTo,
}: Omit<AlertChannelRow, "id" | "sealed" | "createdBy" | "createdAt" | "updatedAt">) => ({
  kind,
  name,
  target,
  ...(quietFrom === null ? {} : { quietFrom, quietTo }),
});
