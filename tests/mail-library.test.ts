import { type AddressInfo, createServer } from "node:net";
import parseAddresses from "nodemailer/lib/addressparser";
import { parseConnectionUrl } from "nodemailer/lib/shared";
import { expect, it, onTestFinished } from "vitest";
import { readConsoleEnv } from "#config/read-console-env.ts";
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

    expect(await sendMail(mail)).toBeNull();
    expect(received()).toContain("\r\nMessage-ID: <alr_1@example.com>\r\n");
  },
);
