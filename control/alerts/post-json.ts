import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connectionFault } from "#core/connection-fault.ts";
import { findOutside } from "./outside-address.ts";

const TIMEOUT_MS = 10_000;
/** What a receiver answers is not used beyond its status: the rest of a long answer is not read. */
const ANSWER_BYTES_MAX = 4_096;

interface Post {
  url: URL;
  body: string;
  headers: Record<string, string>;
  allowedHosts: readonly string[];
}

/**
 * Posts JSON to an address that a person typed. Resolves with null for a 2xx, else with one sentence; never rejects.
 * Never follows a redirect, never connects to a private address, never waits longer than ten seconds.
 */
export async function postJson({ url, body, headers, allowedHosts }: Post): Promise<string | null> {
  const place = await findOutside(url.hostname, allowedHosts);
  if (typeof place === "string") return place;
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise<string | null>((resolve) => {
    const sent = request(
      url,
      {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "CCO-Alerts/1",
          "content-length": String(Buffer.byteLength(body)),
          ...headers,
        },
        agent: false,
        // Both shapes of the callback: Node asks for all addresses where it would try several.
        lookup: (_host, options, done) => (options.all ? done(null, [place]) : done(null, place.address, place.family)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (answer) => {
        const { statusCode = 0 } = answer;
        let bytes = 0;
        answer.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX) answer.destroy();
        });
        answer.on("error", () => {});
        resolve(findProblem(statusCode));
      },
    );
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(describeError(error, url)));
    // Also behind an answer that is none, such as an upgrade, of which Node says nothing else.
    sent.on("close", () =>
      resolve(`${url.host} closed the connection without an answer: look into the log of the receiver.`),
    );
    sent.end(body);
  }).catch((error: NodeJS.ErrnoException) => describeError(error, url));
}

function findProblem(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400)
    return `It answers ${status}, a redirect, which is not followed: enter the address it leads to.`;
  const fix = FIXES[status] ?? (status >= 500 ? FAULT_THERE : "look into the log of the receiver");
  return `It answers ${status}: ${fix}.`;
}

const NOT_TAKEN = "it does not take this kind of message; check the address, and that the channel is of its kind";
const NOT_ALLOWED = "it does not let CCO in; check the address, and the signing secret that it has";
const FAULT_THERE = "a fault at the receiver; look into its log";
const FIXES: Readonly<Record<number, string>> = {
  400: NOT_TAKEN,
  401: NOT_ALLOWED,
  403: NOT_ALLOWED,
  404: "the address no longer exists; enter the new one",
  405: "it takes no POST at this address; check the address",
  410: "the address no longer exists; enter the new one",
  413: "the message is too long for it; raise its limit",
  415: NOT_TAKEN,
  422: NOT_TAKEN,
  429: "it was sent too much; raise its limit, or send fewer alerts there",
  502: "what stands before the receiver does not reach it; look whether it runs",
  503: "the receiver is not ready; look whether it runs",
  504: "what stands before the receiver does not reach it in time; look whether it runs",
};

function describeError(error: NodeJS.ErrnoException, { host }: URL): string {
  if (error.name === "AbortError" || error.name === "TimeoutError")
    return `${host} did not answer within 10 s: look into the log of the receiver.`;
  const fault = connectionFault(error);
  if (fault === null) return `${host} cannot be reached (${error.code ?? error.name}): check the address.`;
  return `${host} ${fault.what}: ${fault.fix}${fault.fix.endsWith("?") ? "" : "."}`;
}
