const TIMEOUT_MS = 10_000;

interface Mail {
  /** smtp://user:password@host:587, or smtps:// */
  smtpUrl: string;
  from: string;
  to: readonly string[];
  /** The message's own id, so that a repeated one is one. */
  id: string;
  subject: string;
  text: string;
}

/** Sends one e-mail. Resolves with null, else with one sentence that holds no secret; never rejects. */
export async function sendMail({ smtpUrl, from, to, id, subject, text }: Mail): Promise<string | null> {
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
    const sent = await transport.sendMail({ from, to: [...to], subject, text, messageId });
    const refused = sent.rejected.map(String);
    return refused.length === 0 ? null : `The mail server refuses ${refused.join(", ")}.`;
  } catch (error) {
    return sentenceOf(error, smtpUrl);
  } finally {
    transport.close();
  }
}

function sentenceOf(error: unknown, smtpUrl: string): string {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  const host = URL.canParse(smtpUrl) ? new URL(smtpUrl).host : "the mail server";
  if (code === "EAUTH") return `${host} refuses the user name or password of CCO_SMTP_URL.`;
  if (responseCode !== undefined) return `${host} refuses the message (${responseCode}).`;
  if (code === "ETIMEDOUT") return `${host} did not answer in time.`;
  return `${host} cannot be reached${code === undefined ? "" : ` (${code})`}: check CCO_SMTP_URL.`;
}
