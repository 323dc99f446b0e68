import { connect, type Socket } from "node:net";
import type { Attack } from "./corpus.ts";

/** So long after the last byte an attacker waits for another one. */
const QUIET_MS = 30;
/**
 * Limit that ends only a wait for what never comes. What is unread after a refusal is drained for two seconds before
 * the connection is closed.
 */
const CLOSING_MS = 60_000;

/** Sends an attack and says what is wrong with what came of it, or null. */
export async function attack({ text, cuts, ending }: Attack, port: number): Promise<string | null> {
  let got = "";
  let isClosed = false;
  let changed = () => {};
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  socket.on("error", () => {});
  socket.on("data", (part) => {
    got += part.toString("latin1");
    changed();
  });
  const closed = () => {
    isClosed = true;
    changed();
  };
  socket.on("end", closed);
  socket.on("close", closed);
  const wait = (ms: number) =>
    new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      changed = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  await send(socket, text, cuts);
  if (ending === "leaves") socket.destroy();
  else if (ending === "resets") socket.resetAndDestroy();
  else {
    if (ending === "half-closes") socket.end();
    while (!isClosed && (await wait(QUIET_MS)));
    const until = Date.now() + CLOSING_MS;
    while (!isClosed && isRefused(got) && Date.now() < until) await wait(until - Date.now());
  }
  socket.destroy();
  if (/alice|bob/.test(got)) return `the attacker got another caller's answer: ${got}`;
  if (!isClosed && isRefused(got)) return `the connection stayed open after a refusal: ${got}`;
  return null;
}

/** Both stand-ins answer with 200 only: every other final status is the proxy's own refusal. */
const isRefused = (got: string): boolean => /HTTP\/1\.1 [3-5]\d\d/.test(got);

async function send(socket: Socket, text: string, cuts: readonly number[]): Promise<void> {
  const ends = [...cuts, text.length];
  for (const [at, end] of ends.entries()) {
    if (socket.destroyed) return;
    const piece = Buffer.from(text.slice(at === 0 ? 0 : ends[at - 1], end), "latin1");
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
