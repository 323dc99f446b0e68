import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { AppError } from "#core/errors.ts";
import { findRepeatedName } from "#core/repeated-name.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { BEHIND_BYTES_MAX, ReaderSlots } from "./reader-slots.ts";
import { identifyReader, OpenPermission, RECHECK_MS, requireReader } from "./require-reader.ts";
import { runTerminalCommand } from "./terminal-commands.ts";

const MESSAGE_BYTES_MAX = 4 * 1024;
const TERMINALS_MAX = 50;
const PING_MS = 30_000;
/** Commands queued behind the one being handled. */
const WAITING_MAX = 100;

/** WebSocket server of the process: it only speaks the protocol, the sockets come from the proxy's own server. */
const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false });

const places = new ReaderSlots<WebSocket>(TERMINALS_MAX, (terminal) => {
  say(terminal, "Too many terminals are open. Another one of yours took the place of this one.");
  terminal.close(1013);
});

/**
 * `WS /terminal`: a fixed list of product commands, as text or as JSON. Never a shell. Origin and Host were checked
 * before.
 */
export async function answerTerminal(
  context: ProxyContext,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const holder = identifyReader(await requireReader(context, request), request);
  sockets.handleUpgrade(request, socket, head, (terminal) => {
    places.take(terminal, holder);
    serve(terminal, request, context);
  });
}

function serve(terminal: WebSocket, request: IncomingMessage, context: ProxyContext): void {
  let isAlive = true;
  const ping = setInterval(() => {
    if (!isAlive || context.isStopping()) terminal.terminate();
    isAlive = false;
    terminal.ping();
  }, PING_MS);
  ping.unref();
  terminal.on("pong", () => {
    isAlive = true;
  });
  const permission = new OpenPermission(context, request);
  const check = async () => {
    if (!(await permission.isValid())) signedOut(terminal);
  };
  const recheck = setInterval(() => void check(), RECHECK_MS);
  recheck.unref();
  terminal.on("close", () => {
    places.leave(terminal);
    clearInterval(ping);
    clearInterval(recheck);
  });
  terminal.on("error", () => terminal.terminate());
  // One after the other, so that answers come in the order of the questions.
  let last = Promise.resolve();
  let waiting = 0;
  terminal.on("message", (data, isBinary) => {
    waiting += 1;
    if (waiting > WAITING_MAX) terminal.close(1008);
    else
      last = last.then(() => answer(terminal, isBinary ? "" : String(data), request, context)).finally(() => waiting--);
  });
}

/** Checks the sender's permission with every command, and every two seconds on a socket without commands. */
async function answer(terminal: WebSocket, message: string, request: IncomingMessage, context: ProxyContext) {
  try {
    const reader = await requireReader(context, request);
    // Where reading is open to every caller, only commands that change something require proof.
    const prove = async () => (reader.kind === "open" ? context.findCaller(request) : reader);
    const result = await runTerminalCommand(commandIn(message), context, prove);
    say(terminal, result.output);
    if (result.isLast) terminal.close(1000);
  } catch (error) {
    if (error instanceof AppError && (error.code === "busy" || error.code === "request.invalid"))
      say(terminal, error.publicText);
    else signedOut(terminal);
  }
}

function signedOut(terminal: WebSocket): void {
  say(terminal, "Sign in again to go on.");
  terminal.close(4401);
}

/** Parses `help`, or `{"type":"command","command":"help"}`. Throws `request.invalid` for a name that is given twice. */
function commandIn(message: string): string {
  const text = message.trim();
  if (!text.startsWith("{")) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    const repeated = findRepeatedName(text);
    if (repeated !== null) throw new AppError("request.invalid", {}, `${repeated}: This is given more than once.`);
    const command = typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, "command") : null;
    return typeof command === "string" ? command : "";
  } catch (error) {
    if (error instanceof AppError) throw error;
    return "";
  }
}

function say(terminal: WebSocket, content: string): void {
  if (terminal.bufferedAmount > BEHIND_BYTES_MAX) terminal.terminate();
  if (terminal.readyState === terminal.OPEN) terminal.send(JSON.stringify({ type: "output", content }));
}
