import { connectionFault } from "#core/connection-fault.ts";
import { formatCounted } from "#core/report/plural.ts";

const TIMEOUT_MS = 10_000;
const REPLY_MAX = 120;
/** Recipients that a sentence names. */
const NAMED_MAX = 3;

interface Mail {
  /** smtp://user:password@host:587, or smtps:// */
  smtpUrl: string;
  from: string;
  to: readonly string[];
  /** Those of them that have it already, and are left out. */
  had?: readonly string[];
  /** The message's own id, so that a repeated one is one. */
  id: string;
  subject: string;
  text: string;
}

/** How a try went. */
export interface SendOutcome {
  /** One sentence that names the fix; null when it was taken by all. */
  problem: string | null;
  /** Recipients of an e-mail that have it now, where others do not. */
  taken: readonly string[];
}

/**
 * Sends one e-mail. Resolves with a null problem, else with one sentence that holds no secret and those who took it all
 * the same; never rejects.
 */
export async function sendMail({ smtpUrl, from, to, had = [], id, subject, text }: Mail): Promise<SendOutcome> {
  const wanted = to.filter((address) => !had.includes(address));
  if (wanted.length === 0) return { problem: null, taken: [] };
  const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
  // Loaded by the first e-mail: half a megabyte that no other command needs.
  const [{ createTransport }, { default: parseAddresses }, { parseConnectionUrl }] = await Promise.all([
    import("nodemailer"),
    import("nodemailer/lib/addressparser"),
    import("nodemailer/lib/shared"),
  ]);
  // Either would print into the log, the message among it.
  const { logger: _logger, debug: _debug, ...options } = parseConnectionUrl(smtpUrl);
  // Files and addresses in a message would be read by the mailer: there are none, and there must be none.
  const transport = createTransport({ ...timeouts, ...options, disableFileAccess: true, disableUrlAccess: true });
  try {
    const [sender] = parseAddresses(from, { flatten: true });
    const messageId = `<${id}@${sender?.address.split("@").at(-1) ?? "localhost"}>`;
    // Named apart from the header, which lists all: a repeated message is the same.
    const envelope = { from: sender?.address ?? from, to: wanted };
    const sent = await transport.sendMail({ from, to: [...to], envelope, subject, text, messageId });
    if (sent.rejected.length === 0) return { problem: null, taken: [] };
    const accepted = new Set(sent.accepted.map((address) => String(address).toLowerCase()));
    const taken = wanted.filter((address) => accepted.has(address.toLowerCase()));
    const refused = wanted.filter((address) => !taken.includes(address));
    return { problem: describeRefused(sent, formatRecipients(refused, to), smtpUrl), taken };
  } catch (error) {
    const { command, rejected = [] } = error as MailProblem;
    if (command === "RCPT TO" && rejected.length > 0)
      return { problem: describeRefused(error as MailProblem, formatRecipients(wanted, to), smtpUrl), taken: [] };
    return { problem: nameLacking(describeError(error, smtpUrl), to, had), taken: [] };
  } finally {
    transport.close();
  }
}

/** What the mail library says of an error, as far as it is looked at. */
interface MailProblem {
  code?: string;
  command?: string;
  response?: string;
  responseCode?: number;
  rejected?: unknown[];
  rejectedErrors?: MailProblem[];
}

function describeError(error: unknown, smtpUrl: string): string {
  const problem = error as MailProblem;
  const { code, command, response, responseCode } = problem;
  const host = formatHost(smtpUrl);
  if (code === "EAUTH") return `${host} refuses the user name or password of CCO_SMTP_URL.`;
  if (command === "MAIL FROM" && responseCode !== undefined)
    return `${host} refuses the sender: ${formatReply(response)}. Set CCO_SMTP_FROM to an address it may send for.`;
  if (responseCode !== undefined)
    return `${host} refuses the message: ${formatReply(response)}. Look into the log of the mail server.`;
  const fault = connectionFault(error);
  if (fault !== null && /TLS/.test(fault.what))
    return `${host} was reached, but speaks no TLS on this port: write CCO_SMTP_URL with smtp://, or name the port of smtps://.`;
  if (fault !== null) return `${host} of CCO_SMTP_URL ${fault.what}: ${ended(fault.fix)}`;
  if (code === "ETIMEDOUT")
    return `${host} did not answer in time: check the port in CCO_SMTP_URL; for 465 it begins with smtps://.`;
  if (code === "ECONNECTION")
    return `${host} closed the connection: check the port in CCO_SMTP_URL, and the log of the mail server.`;
  return `${host} cannot be used${code === undefined ? "" : ` (${code})`}: check CCO_SMTP_URL.`;
}

function describeRefused({ rejectedErrors = [] }: MailProblem, which: Recipients, smtpUrl: string): string {
  const fix = which.isOne
    ? "Correct the address, or ask for this mailbox there."
    : "Correct the addresses, or ask for these mailboxes there.";
  return `${formatHost(smtpUrl)} refuses ${which.text}: ${formatReply(rejectedErrors[0]?.response)}. ${fix}`;
}

/**
 * Adds to a problem who lacks an e-mail that others have. Without any who have it the problem is that of all: nothing is
 * added.
 */
export function nameLacking(problem: string, to: readonly string[], had: readonly string[]): string {
  const lacking = to.filter((address) => !had.includes(address));
  if (had.length === 0 || lacking.length === 0) return problem;
  const { text, isOne } = formatRecipients(lacking, to);
  return `${problem} It is missing at ${isOne ? "" : "the "}${text}.`;
}

interface Recipients {
  text: string;
  isOne: boolean;
}

/**
 * Formats recipients, each by its place in the list and its domain, three at most. What is written down is not the place
 * for addresses.
 */
function formatRecipients(some: readonly string[], to: readonly string[]): Recipients {
  const place = (address: string) => to.indexOf(address) + 1;
  const domain = (address: string) => `(at ${address.split("@").at(-1)})`;
  const [first] = some;
  if (first !== undefined && some.length === 1)
    return { text: `recipient ${place(first)} of ${to.length} ${domain(first)}`, isOne: true };
  const named = some.slice(0, NAMED_MAX).map((address) => `${place(address)} ${domain(address)}`);
  const rest = some.length - named.length;
  const last = rest === 0 ? named.splice(-1)[0] : formatCounted(rest, "other");
  return { text: `recipients ${named.join(", ")} and ${last}, of ${to.length}`, isOne: false };
}

const ended = (fix: string): string => (fix.endsWith("?") ? fix : `${fix}.`);

const formatHost = (smtpUrl: string): string => (URL.canParse(smtpUrl) ? new URL(smtpUrl).host : "the mail server");

/** The first line of a server's reply, without addresses. */
function formatReply(response = ""): string {
  const [line = ""] = response.split(/[\r\n]/);
  const plain = line
    .replace(/[^\x20-\x7e]/g, " ")
    .replace(/\S*@\S*/g, "…")
    .trim()
    .replace(/\.+$/, "");
  return plain === "" ? "it gives no reason" : plain.slice(0, REPLY_MAX);
}
