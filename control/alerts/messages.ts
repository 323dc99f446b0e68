import { createHmac } from "node:crypto";
import type { AlertKind } from "#core/alerts/alert-kind.ts";
import { alertKinds } from "#core/alerts/alert-kinds.ts";
import type { AlertEvidence } from "#core/alerts/evidence.ts";
import type { AlertFiringRow } from "#store/alerts.ts";
import type { ChannelAddress } from "./sealed-address.ts";

/** What a message says, on every kind of channel. Numbers and names, never a prompt. */
export interface AlertMessage {
  /** The same for every try: a receiver that was sent it twice recognises it. */
  id: string;
  event: "fired" | "ended" | "test";
  alert: string;
  kind: string;
  title: string;
  value: string;
  evidence: AlertEvidence[];
  firedAt: string;
  endedAt: string | null;
  /** `given-up`: it is not watched any more, and its cause may go on. Null: it ended, or fires. */
  endedBy: "given-up" | null;
  links: { label: string; url: string }[];
}

/** Why a beginning was not sent that still waited when its firing was closed, by what closed it. */
export const sayNotSent = (endedBy: string | null): string =>
  endedBy === null ? "It ended before it was sent." : (notSent[endedBy] ?? "It was closed before it was sent.");

const boundChanged = "The bound of the alert was changed before it was sent.";
const notSent: Readonly<Record<string, string>> = {
  "given-up": "It was given up before it was sent.",
  changed: boundChanged,
};

/** Why a message is not sent whose alert is not judged any more. */
export const switchedOff = "The alert was switched off: nothing more is sent of it.";
export const channelTakenOut = "The channel was taken out of the alert before it took this.";
export const removed = "The alert was removed: nothing more is sent of it.";

/** Whether a person decided that a message is not sent. */
export const isCalledOff = (problem: string | null): boolean =>
  problem === switchedOff || problem === channelTakenOut || problem === removed || problem === boundChanged;

/** `publicUrl` null: without links, because they could not be opened. */
export function buildMessage(
  id: string,
  event: AlertMessage["event"],
  firing: AlertFiringRow,
  publicUrl: string | null,
): AlertMessage {
  const link = (label: string, path: string) => ({ label, url: `${publicUrl}${path}` });
  return {
    id,
    event,
    alert: firing.name,
    kind: firing.kind,
    title: event === "ended" && isGivenUp(firing) ? sayGivenUp(firing) : firing.title,
    value: firing.value,
    evidence: JSON.parse(firing.evidence) as AlertMessage["evidence"],
    firedAt: firing.firedAt.toISOString(),
    endedAt: firing.endedAt?.toISOString() ?? null,
    endedBy: isGivenUp(firing) ? "given-up" : null,
    links: publicUrl === null ? [] : [link(firing.fixLabel, firing.fixPath), link("Show alert", "/alerts")],
  };
}

const isGivenUp = ({ endedBy }: AlertFiringRow): boolean => endedBy === "given-up";

/** Says why a firing was closed whose cause may go on, and what was said when it fired. */
function sayGivenUp({ kind, title }: AlertFiringRow): string {
  const kinds: Readonly<Record<string, AlertKind>> = alertKinds;
  return `Given up: ${kinds[kind]?.givenUpFor ?? "not watched any more"}. When it fired: ${title}`;
}

/** One line that says what it is about: the subject of an e-mail, the text of a notification. */
export function formatHeadline({ event, title, endedBy }: AlertMessage): string {
  if (event === "ended" && endedBy === null) return `Ended: ${title}`;
  return event === "test" ? `Test: ${title}` : title;
}

/** The line of the message at the end of a firing. Null while it fires, and where nothing is said of its end. */
export const sayEnd = (firing: AlertFiringRow): string | null =>
  firing.endedAt === null || (firing.endedBy !== null && !isGivenUp(firing))
    ? null
    : formatHeadline(buildMessage(firing.id, "ended", firing, null));

/** As Slack's incoming webhooks take it: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackBody(message: AlertMessage): string {
  const facts = message.evidence.map(({ label, text }) => `*${escapeMarkup(label)}*  ${escapeMarkup(text)}`).join("\n");
  const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text: text.slice(0, 2_900) } });
  const buttons = message.links.map(({ label, url }) => ({
    type: "button",
    text: { type: "plain_text", text: label.slice(0, 75) },
    url,
  }));
  return JSON.stringify({
    text: escapeMarkup(formatHeadline(message)),
    blocks: [
      section(`*${escapeMarkup(formatHeadline(message))}*`),
      ...(message.event !== "ended" && facts !== "" ? [section(facts)] : []),
      ...(buttons.length > 0 ? [{ type: "actions", elements: buttons }] : []),
    ],
  });
}

/**
 * Escapes what a message would read as mark-up. Slack reads the first three as mark-up, Mattermost mentions and links
 * too. A model's name, which a caller chooses, must not call a channel or be a link. A space of no width keeps the text
 * as it looks.
 */
const escapeMarkup = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "@\u200b")
    .replaceAll("](", "]\u200b(");

/** The body and headers of a signed webhook, by the Standard Webhooks specification (standardwebhooks.com). */
export function webhookRequest(
  message: AlertMessage,
  { secrets = [] }: ChannelAddress,
  nowMs: number,
): { body: string; headers: Record<string, string> } {
  const body = JSON.stringify({
    type: `alert.${message.event}`,
    timestamp: message.endedAt ?? message.firedAt,
    data: message,
  });
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signed = secrets
    .filter(({ untilMs }) => untilMs === null || untilMs > nowMs)
    .map(({ secret }) => `v1,${sign(secret, `${message.id}.${timestamp}.${body}`)}`);
  return {
    body,
    headers: { "webhook-id": message.id, "webhook-timestamp": timestamp, "webhook-signature": signed.join(" ") },
  };
}

const sign = (secret: string, text: string): string =>
  createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
    .update(text)
    .digest("base64");

/** The text of an e-mail, in plain text only: it opens everywhere and loads nothing. */
export function mailText(message: AlertMessage): string {
  const lines = [
    formatHeadline(message),
    "",
    ...message.evidence.map(({ label, text }) => `${label}: ${text}`),
    "",
    `Fired ${message.firedAt}${formatEnd(message)}`,
    ...message.links.map(({ label, url }) => `${label}: ${url}`),
  ];
  return `${lines.join("\n")}\n`;
}

const formatEnd = ({ endedAt, endedBy }: AlertMessage): string =>
  endedAt === null ? "" : `, ${endedBy === null ? "ended" : "given up"} ${endedAt}`;
