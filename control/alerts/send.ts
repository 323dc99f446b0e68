import { setTimeout as wait } from "node:timers/promises";
import type { AlertChannelRow } from "#store/alerts.ts";
import type { ControlDeps } from "../deps.ts";
import { type AlertMessage, formatHeadline, mailText, slackBody, webhookRequest } from "./messages.ts";
import { postJson } from "./post-json.ts";
import { openAddress } from "./sealed-address.ts";
import { nameLacking, type SendOutcome, sendMail } from "./send-mail.ts";

/** No try takes longer: a receiver that answers in drops must not hold up the messages of others. */
const TRY_MS = 25_000;

/**
 * Sends one message to one channel, after 25 seconds at the latest it has failed. Of an e-mail, those in `had` are left
 * out: they were sent it by a try before.
 */
export async function sendTo(
  channel: AlertChannelRow,
  message: AlertMessage,
  deps: ControlDeps,
  had: readonly string[] = [],
): Promise<SendOutcome> {
  const limit = new AbortController();
  // Some have it by now: an e-mail.
  const address = had.length === 0 ? null : openAddress(channel.id, channel.sealed, deps.config.sessionSecret);
  const problem = nameLacking(`${channel.target} did not take it within 25 s.`, address?.to ?? [], had);
  const late = wait(TRY_MS, { problem, taken: [] }, { ref: false, signal: limit.signal });
  late.catch(() => {});
  return Promise.race([send(channel, message, had, deps), late]).finally(() => limit.abort());
}

async function send(
  channel: AlertChannelRow,
  message: AlertMessage,
  had: readonly string[],
  deps: ControlDeps,
): Promise<SendOutcome> {
  const failed = (problem: string): SendOutcome => ({ problem, taken: [] });
  const { sessionSecret, alerts } = deps.config;
  const address = openAddress(channel.id, channel.sealed, sessionSecret);
  if (address === null) return failed("The address was sealed with another session secret: enter it again.");
  if (channel.kind === "email") {
    const { to = [] } = address;
    if (alerts.smtpUrl === null)
      return failed(nameLacking("There is no mail server: the operator sets CCO_SMTP_URL and CCO_SMTP_FROM.", to, had));
    const { smtpUrl, smtpFrom } = alerts;
    const parts = { subject: formatHeadline(message), text: mailText(message) };
    return sendMail({ smtpUrl, from: smtpFrom, to, had, id: message.id, ...parts });
  }
  const url = new URL(address.url ?? "");
  const allowedHosts = alerts.hosts;
  const request =
    channel.kind === "slack"
      ? { body: slackBody(message), headers: {} }
      : webhookRequest(message, address, (await deps.sharedNow()).getTime());
  return { problem: await postJson({ url, ...request, allowedHosts }), taken: [] };
}
