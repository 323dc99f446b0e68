import { type AddressInfo, createServer } from "node:net";
import { createTransport } from "nodemailer";
import parseAddresses from "nodemailer/lib/addressparser";
import { parseConnectionUrl } from "nodemailer/lib/shared";
import { expect, it, onTestFinished, vi } from "vitest";
import { findConsoleMistakes, readConsoleEnv } from "#config/read-console-env.ts";
import { sendMail } from "#control/alerts/send-mail.ts";

// What the start takes has to be what the mail library reads, at the first alert.

const SENDERS: readonly [from: string, address: string][] = [
  ["cco@example.com", "cco@example.com"],
  ["cco@example.com (CCO alerts)", "cco@example.com"],
  ["(a@b) cco@example.com (c@d)", "cco@example.com"],
  ['"john doe"@example.com', '"john doe"@example.com'],
  ['CCO "Alerts" (night) <"john doe"@example.com> (x@y)', '"john doe"@example.com'],
  ["A, B and C <cco@example.com>", "cco@example.com"],
  ["a@b <cco@example.com>", "cco@example.com"],
  ['"a@b, c@d: e;" <cco@example.com>', "cco@example.com"],
  ['"A \\" <x@y>" <cco@example.com>', "cco@example.com"],
  ["CCO<cco@[IPv6:::1]>", "cco@[IPv6:::1]"],
];

it.each(SENDERS)("the sender %s is one address to the mail library: %s", (from, address) => {
  const { alerts } = readConsoleEnv({ CCO_SMTP_URL: "smtp://mail", CCO_SMTP_FROM: from });

  expect(parseAddresses(alerts.smtpFrom)).toEqual([expect.objectContaining({ address })]);
});

it("the mail library reads the address of a mail server as the start does", () => {
  const url =
    "SMTPS://us%2Fer:p%23ss@Mail.example.com?port=2465&requireTLS=true&connectionTimeout=5000&tls.minVersion=TLSv1.2";
  const { alerts } = readConsoleEnv({ CCO_SMTP_URL: url, CCO_SMTP_FROM: "a@b" });

  expect(parseConnectionUrl(alerts.smtpUrl ?? "")).toMatchObject({
    secure: true,
    host: expect.stringMatching(/^mail\.example\.com$/i),
    port: 2465,
    auth: { user: "us/er", pass: "p#ss" },
    requireTLS: true,
    connectionTimeout: 5000,
    tls: { minVersion: "TLSv1.2" },
  });
});

it.each([
  ...["?logger=false", "?debug", "?family=4", "?pool=1", "?requireTLS=0", "?connectionTimeout=1e4", "?secure=true"],
  ...["?starttls", "?encryption=tls&auth_mode=login", "/mail", "#main", "?tls.ciphers=DEFAULT@SECLEVEL=0", "?port=abc"],
  ...[
    "?requireTLS=true&requireTLS=false",
    "?auth.user=a",
    "?service=gmail",
    "?service=",
    "?SES=false",
    "?tls=0&tls.ca=a",
  ],
  ...["?tls.ca=a&tls=1", "?tls=1", "?__proto__=1", "?x=%ZZ", ":12/3@mail:25", ":0"],
])("the start refuses the mail server smtp://mail%s only where the mail library throws", (end) => {
  const url = `smtp://mail${end}`;
  let isRefused = false;
  try {
    createTransport({ url }).close();
  } catch {
    isRefused = true;
  }

  expect(findConsoleMistakes({ CCO_SMTP_URL: url, CCO_SMTP_FROM: "a@b" }).length > 0).toBe(isRefused);
});

it.each(["smtp://user:p%ZZ@mail", "smtp://us er:p^|\\w@mail", "SMTPS://mail_1", "smtp://[::1]:25"])(
  "the start takes the mail server %s, as the mail library does",
  (url) => {
    expect(createTransport({ url })).toBeDefined();
    expect(findConsoleMistakes({ CCO_SMTP_URL: url, CCO_SMTP_FROM: "a@b" })).toEqual([]);
  },
);

/** A mail server that takes everything, and what it was sent. */
async function mailServer() {
  let received = "";
  const server = createServer((socket) => {
    let isMessage = false;
    socket.write("220 mail\r\n");
    socket.on("data", (chunk) => {
      received += chunk;
      if (isMessage && !received.endsWith("\r\n.\r\n")) return;
      isMessage = !isMessage && String(chunk).startsWith("DATA");
      socket.write(isMessage ? "354 go on\r\n" : "250 ok\r\n");
    });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, received: () => received };
}

it.each(["cco@example.com (CCO alerts)", "CCO <cco@example.com> (x@y)", '"john doe"@example.com'])(
  "an e-mail of the sender %s has an id of the sender's domain",
  async (from) => {
    const { url, received } = await mailServer();
    const mail = { smtpUrl: `${url}?ignoreTLS=true`, from, to: ["a@b"], id: "alr_1", subject: "s", text: "t" };

    expect(await sendMail(mail)).toEqual({ problem: null, taken: [] });
    expect(received()).toContain("\r\nMessage-ID: <alr_1@example.com>\r\n");
  },
);

it("an e-mail prints nothing where the address asks for a log", async () => {
  const { url, received } = await mailServer();
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  onTestFinished(() => print.mockRestore());
  const smtpUrl = `${url}/mail?ignoreTLS=true&logger=true&debug=true#main`;

  const mail = { smtpUrl, from: "a@b", to: ["c@d"], id: "alr_1", subject: "s", text: "t" };
  expect(await sendMail(mail)).toEqual({ problem: null, taken: [] });
  expect(received()).toContain("\r\nSubject: s\r\n");
  expect(print).not.toHaveBeenCalled();
});
