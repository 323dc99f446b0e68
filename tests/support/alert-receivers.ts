import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

type Answer = number | { redirect: string };

/** A server that takes webhooks. `answer` decides the status of each. */
export async function startWebhookReceiver(
  answer: (count: number) => Answer | Promise<Answer> = () => 200,
  host = "127.0.0.1",
) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", async () => {
      received.push({ headers: request.headers, body });
      const how = await answer(received.length);
      if (typeof how === "number") response.writeHead(how).end("said");
      else response.writeHead(302, { location: how.redirect }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}/hook`, received, stop };
}

/**
 * A mail server that keeps what it takes, asks for a password, and refuses the recipients in `refused`. While `isBusy`
 * it refuses each message after its text.
 */
export async function startMailServer(password = "right", { refuses = "" } = {}) {
  const refused = new Set([refuses]);
  const mood = { isBusy: false };
  const mails: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    onAuth: (auth, _session, done) =>
      auth.password === password ? done(null, { user: "cco" }) : done(new Error("Invalid login")),
    onRcptTo: ({ address }, _session, done) =>
      refused.has(address)
        ? done(Object.assign(new Error(`5.1.1 <${address}> unknown`), { responseCode: 550 }))
        : done(),
    onData: (stream, session, done) => {
      let text = "";
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      stream.on("end", () => {
        if (mood.isBusy) return done(Object.assign(new Error("4.3.0 Try again later"), { responseCode: 451 }));
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: (secret: string) => `smtp://cco:${secret}@127.0.0.1:${port}`, port, mails, refused, mood, stop };
}
