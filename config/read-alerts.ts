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
  const problem = smtpUrl === null ? null : mailServerProblem(smtpUrl);
  if (problem !== null) mistake("CCO_SMTP_URL", `CCO_SMTP_URL ${problem}`);
  if (smtpFrom === "" ? smtpUrl !== null && problem === null : !SENDER.test(smtpFrom))
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

const ADDRESS = String.raw`[^\s@<>,;:"()[\]\\]+@(?:[^\s@<>,;:"()[\]\\]+|\[[\da-fA-F:.]+\])`;
/** One address, alone or in angle brackets behind a name; a name with a comma or a colon has to be quoted. */
const SENDER = new RegExp(String.raw`^(?:${ADDRESS}|(?:"(?:[^"\\\r\n]|\\.)*"|[^"<>@,;:\r\n]*) *<${ADDRESS}>)$`);

const SWITCHES = ["ignoreTLS", "opportunisticTLS", "pool", "requireTLS", "tls.rejectUnauthorized"];
const TEXTS = ["authMethod", "name", "tls.servername"];
const NOT_AN_ADDRESS = "is not the address of a mail server: use one such as smtp://user:password@mail.example.com:587";

/** What is wrong with the address of a mail server, as the mail library reads it. Never holds a part of it but a parameter's name. */
function mailServerProblem(text: string): string | null {
  const url = /^smtps?:\/\/\S+$/.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === "" || ![url.username, url.password].every(isDecodable)) return NOT_AN_ADDRESS;
  // What stands behind an unescaped / ? or # of a password would be lost without a word.
  if (!/^\/?$/.test(url.pathname) || /#|\?.*@/.test(text))
    return "must end with the host or the port; write / as %2F, ? as %3F and # as %23 in a password";
  const seen = new Set<string>();
  for (const [name, value] of url.searchParams) {
    const problem = seen.has(name) ? " twice" : parameterProblem(name, value, url.protocol);
    if (problem !== null) return `has the parameter ${shown(name)}${problem}`;
    seen.add(name);
  }
  return null;
}

/** What follows the name of a parameter that the mail library would pass over or could not use; null where it is right. */
function parameterProblem(name: string, value: string, protocol: string): string | null {
  if (TEXTS.includes(name)) return value === "" ? " without a value" : null;
  const isSwitch = value === "true" || value === "false";
  // The library goes by the scheme alone.
  if (name === "secure" && isSwitch)
    return (value === "true") === (protocol === "smtps:")
      ? null
      : " against its scheme: smtps:// begins with TLS, smtp:// does not";
  if (name !== "secure" && !SWITCHES.includes(name)) return `, which is none of ${[...SWITCHES, ...TEXTS].join(", ")}`;
  return isSwitch ? null : " that is neither true nor false";
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
