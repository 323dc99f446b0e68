import { setTimeout as wait } from "node:timers/promises";
import type { AlertChannelRow } from "#store/alerts.ts";
import type { ControlDeps } from "../deps.ts";
import { type AlertMessage, formatHeadline, mailText, slackBody, webhookRequest } from "./messages.ts";
import { postJson } from "./post-json.ts";
import { openAddress } from "./sealed-address.ts";
import { sendMail } from "./send-mail.ts";

/** No try takes longer: a receiver that answers in drops must not hold up the messages of others. */
const TRY_MS = 25_000;

/**
 * Sends one message to one channel. Resolves with null when it was taken, else with one sentence that names the fix, after 25
 * seconds at the latest.
 */
export async function sendTo(
  channel: AlertChannelRow,
  message: AlertMessage,
  deps: ControlDeps,
): Promise<string | null> {
  const limit = new AbortController();
  const late = wait(TRY_MS, `${channel.target} did not take it within 25 s.`, { ref: false, signal: limit.signal });
  late.catch(() => {});
  return Promise.race([send(channel, message, deps), late]).finally(() => limit.abort());
}

async function send(channel: AlertChannelRow, message: AlertMessage, deps: ControlDeps): Promise<string | null> {
  const { sessionSecret, alerts } = deps.config;
  const address = openAddress(channel.id, channel.sealed, sessionSecret);
  if (address === null) return "The address was sealed with another session secret: enter it again.";
  if (channel.kind === "email") {
    if (alerts.smtpUrl === null) return "There is no mail server: the operator sets CCO_SMTP_URL and CCO_SMTP_FROM.";
    const { smtpUrl, smtpFrom } = alerts;
    const parts = { subject: formatHeadline(message), text: mailText(message) };
    return sendMail({ smtpUrl, from: smtpFrom, to: address.to ?? [], id: message.id, ...parts });
  }
  const url = new URL(address.url ?? "");
  const allowedHosts = alerts.hosts;
  if (channel.kind === "slack") return postJson({ url, body: slackBody(message), headers: {}, allowedHosts });
  return postJson({ url, ...webhookRequest(message, address, deps.now().getTime()), allowedHosts });
}
