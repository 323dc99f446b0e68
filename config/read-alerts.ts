import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
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

const ATOM = String.raw`[^\s@<>,;:."()[\]\\]+`;
const ATOMS = String.raw`${ATOM}(?:\.${ATOM})*`;
const QUOTED = String.raw`"(?:[^"\\\r\n]|\\.)+"`;
const COMMENT = String.raw`\((?:[^()\\\r\n]|\\.)*\)`;
const ADDRESS = String.raw`(?:${ATOMS}|${QUOTED})@(?:${ATOMS}|\[(?:IPv6:)?[\da-fA-F:.]+\])`;
/** What stands before angle brackets. A name with a colon or semicolon has to be quoted. */
const NAME = String.raw`(?:${ADDRESS}|(?:${QUOTED}|""|${COMMENT}|[^"<>@;:()\r\n])*)`;
/** One address as the mail library reads one, alone or in angle brackets behind a name; a comment may stand beside it. */
const SENDER = new RegExp(`^(?:${COMMENT} *)?(?:${ADDRESS}|${NAME} *<${ADDRESS}>)(?: *${COMMENT})?$`);

/** The parameters that the mail library reads and that can be written in an address, by what they take. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  switch: [
    ...["allowInternalNetworkInterfaces", "ignoreTLS", "lmtp", "opportunisticTLS", "pool", "requireTLS"],
    ...["tls.honorCipherOrder", "tls.rejectUnauthorized"],
  ],
  number: [
    ...["connectionTimeout", "dnsTimeout", "greetingTimeout", "idleTimeout", "maxConnections", "maxMessages"],
    ...["maxRequeues", "maxResponseSize", "port", "rateDelta", "rateLimit", "socketCloseTimeout", "socketTimeout"],
    ...["tls.minDHSize", "tls.sessionTimeout"],
  ],
  text: [
    ...["authMethod", "localAddress", "name", "proxy", "servername", "tls.ca", "tls.cert", "tls.ciphers", "tls.crl"],
    ...["tls.dhparam", "tls.ecdhCurve", "tls.key", "tls.maxVersion", "tls.minVersion", "tls.passphrase"],
    ...["tls.secureProtocol", "tls.servername", "tls.sigalgs"],
  ],
};
const NOT_AN_ADDRESS = "is not the address of a mail server: use one such as smtp://user:password@mail.example.com:587";

/** What is wrong with the address of a mail server, as the mail library reads it. Never holds a part of it but a parameter's name. */
function mailServerProblem(text: string): string | null {
  const url = /^smtps?:\/\/\S+$/i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === "" || ![url.username, url.password].every(isDecodable)) return NOT_AN_ADDRESS;
  // What stands behind an unescaped / ? or # of a password would be lost without a word.
  if (!/^\/?$/.test(url.pathname) || /#|\?.*@/.test(text))
    return "must end with the host or the port; write / as %2F, ? as %3F and # as %23 in a password";
  const seen = new Set<string>();
  for (const [name, value] of url.searchParams) {
    const problem = seen.has(name) ? " twice" : parameterProblem(name, value, url);
    if (problem !== null) return `has the parameter ${shown(name)}${problem}`;
    seen.add(name);
  }
  return isUsableForTls(url.searchParams) ? null : "has a parameter of tls. with a value that cannot be used";
}

/** What follows the name of a parameter that the mail library would pass over or could not use; null where it is right. */
function parameterProblem(name: string, value: string, url: URL): string | null {
  const isSwitch = value === "true" || value === "false";
  // The library goes by the scheme alone.
  if (name === "secure" && isSwitch)
    return (value === "true") === (url.protocol === "smtps:")
      ? null
      : " against its scheme: smtps:// begins with TLS, smtp:// does not";
  if (name === "port" && url.port !== "") return " beside a port behind the host";
  if (name === "port" && !(Number(value) >= 1 && Number(value) <= 65_535)) return " that is no port";
  if (name === "localAddress" && isIP(value) === 0) return " that is no IP address";
  if (name === "proxy" && !/^https?:\/\/[^/]/i.test(value)) return " that is no address of an HTTP proxy";
  const [kind] = Object.entries(PARAMETERS).find(([, names]) => names.includes(name)) ?? [];
  if (kind === "text") return value === "" ? " without a value" : null;
  if (kind === "number") return /^\d{1,9}$/.test(value) ? null : " that is no whole number";
  if (kind === "switch" || name === "secure") return isSwitch ? null : " that is neither true nor false";
  return `, which is none of ${Object.values(PARAMETERS).flat().join(", ")}`;
}

/** Whether a certificate, a list of ciphers or a version would be taken at the first e-mail. */
function isUsableForTls(parameters: URLSearchParams): boolean {
  const given = [...parameters].filter(([name]) => name.startsWith("tls.") && PARAMETERS.text?.includes(name));
  const options = Object.fromEntries(given.map(([name, value]) => [name.slice("tls.".length), value]));
  try {
    createSecureContext(options);
    // Node passes over an authority that it cannot read.
    if (options.ca !== undefined) new X509Certificate(options.ca);
    return true;
  } catch {
    return false;
  }
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
