import parseAddresses from "nodemailer/lib/addressparser";
import { type EnvReader, readHosts, readSecretText, readText, shown } from "./env-values.ts";

/** How alerts leave the installation. */
export interface AlertsEnv {
  /** Mail server with its user and password; null: none, and e-mail channels say so. */
  smtpUrl: string | null;
  smtpFrom: string;
  /** Hosts of a private network that webhooks may be sent to, in lower case. */
  hosts: readonly string[];
}

/** Reads how alerts leave the installation. */
export function readAlerts(reader: EnvReader): AlertsEnv {
  const { env, mistake } = reader;
  const smtpUrl = readSecretText(reader, "CCO_SMTP_URL");
  const smtpFrom = readText(env, "CCO_SMTP_FROM") ?? "";
  if (smtpUrl !== null && !isMailServer(smtpUrl))
    mistake(
      "CCO_SMTP_URL",
      "CCO_SMTP_URL is not the address of a mail server: use one such as smtp://user:password@mail.example.com:587",
    );
  if (smtpUrl !== null && !isSender(smtpFrom))
    mistake(
      "CCO_SMTP_FROM",
      smtpFrom === ""
        ? "CCO_SMTP_URL also needs CCO_SMTP_FROM, the sender: an address such as CCO <cco@example.com>"
        : "CCO_SMTP_FROM is not one e-mail address: use one such as cco@example.com or CCO <cco@example.com>",
    );
  const hosts = readHosts(reader, "CCO_ALERT_HOSTS");
  for (const host of hosts.filter((one) => /:\d+$/.test(one)))
    mistake("CCO_ALERT_HOSTS", `CCO_ALERT_HOSTS holds ${shown(host)}: name the host alone, without a port`);
  return { smtpUrl, smtpFrom, hosts };
}

/** Whether the mail library reads exactly one address in a sender. */
function isSender(from: string): boolean {
  const [sender, ...others] = parseAddresses(from, { flatten: true });
  return others.length === 0 && /^[^<>]+@[^@<>\s]+$/.test(sender?.address ?? "");
}

/** Whether it is the address of a mail server. Path, fragment and unknown parameters do not matter to the mail library. */
function isMailServer(text: string): boolean {
  const url = /^smtps?:/i.test(text) && URL.canParse(text) ? new URL(text) : null;
  return url !== null && URL.canParse(`http://${url.hostname}`);
}
