import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ProxySettings } from "#config/read-env.ts";
import { type Finding, ok, warning } from "./finding.ts";

const ANSWER_WITHIN_MS = 5_000;
const SUBJECT = "Redis";

/** Whether the shared memory of several instances answers; nothing where none is named. Reads and writes no key of it. */
export async function checkRedis({ redisUrl }: ProxySettings): Promise<Finding[]> {
  if (redisUrl === null) return [];
  const url = new URL(redisUrl);
  const place = url.host;
  const refusal = await ping(url);
  if (refusal === null) return [ok(SUBJECT, `${place} answers`)];
  return [warning(SUBJECT, `${place}: ${refusal}`, "each instance uses its own memory meanwhile; see CCO_REDIS_URL")];
}

/** Says hello as its protocol wants it. Null: it took the password, where there is one, and answered. */
function ping(url: URL): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = open(url);
    let said = "";
    const end = (refusal: string | null) => {
      socket.destroy();
      resolve(refusal);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => end("does not answer"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(`cannot be reached (${error.code ?? error.message})`));
    socket.once("close", () => end("ends the connection"));
    socket.setEncoding("utf8").on("data", (piece: string) => {
      said = (said + piece).slice(-4_096);
      // A refusal is one word and a sentence; nothing of the sentence is shown, it may repeat what was sent.
      const refused = /^-(\w+)/m.exec(said)?.[1];
      if (refused !== undefined) end(`refuses (${refused})`);
      else if (/^\+PONG\r$/m.test(said)) end(null);
      else if (!/^[+-]/.test(said)) end("is no Redis");
    });
    socket.write([...authOf(url), ["PING"]].map(encode).join(""));
  });
}

function open(url: URL): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || 6379);
  return url.protocol === "rediss:" ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
}

function authOf({ username, password }: URL): string[][] {
  if (password === "") return [];
  return [["AUTH", ...(username === "" ? [] : [decodeURIComponent(username)]), decodeURIComponent(password)]];
}

const encode = (words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
