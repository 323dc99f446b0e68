import type { IncomingMessage, ServerResponse } from "node:http";
import { PERSON_HEADER } from "#core/access/session-cookie.ts";
import type { AppError } from "#core/errors.ts";
import type { CallerTurns, ProxyContext } from "../process/proxy-context.ts";
import { callerAddress } from "../server/caller-origin.ts";

/** Time a download waits for a place. Those before it end when their callers take nothing any more. */
const DOWNLOAD_WAIT_MS = 110_000;
/** Time after which a download ends whose caller takes nothing of it. */
const UNREAD_MS = 60_000;

/** A turn, once it has come. */
export interface Turn {
  /** To be called while the request still arrives, with what ends it; the result, when it has arrived. */
  arriving(giveUp: (problem: AppError) => void): () => void;
  /** To be called at the head of the answer, and when nothing more comes from the console. */
  over(): void;
}

/** The turn of a request that needs none. */
export const NO_TURN: Turn = { arriving: () => () => {}, over: () => {} };

/**
 * Waits for the caller's turn; null for a caller who left. It ends at the head of the answer: a caller who does not read
 * the rest must not keep it. A caller who leaves before the head does not end it: the console works on.
 */
export async function waitForTurn(
  { turns, settings }: ProxyContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Turn | null> {
  const caller = turns.identifyCaller(request, callerAddress(request, settings.trustedProxies));
  const signal = whenGone(response);
  const endTurn = await turns.take(caller, signal).catch((problem: unknown) => {
    if (signal.aborted) return null;
    throw problem;
  });
  if (endTurn === null) return null;
  if (response.closed || response.headersSent) {
    endTurn();
    return null;
  }
  return { arriving: (giveUp) => turns.arriving(caller, giveUp), over: endTurn };
}

/**
 * Takes the person's name off the console's answer, and remembers or forgets whose session it is. A sign-out ends the
 * session, although its answer still names the person.
 */
export function noteWhose(
  turns: CallerTurns,
  session: string,
  url: string,
  { headers, statusCode = 0 }: IncomingMessage,
): string | null {
  const { [PERSON_HEADER]: named, location = "" } = headers;
  delete headers[PERSON_HEADER];
  const personId = typeof named === "string" ? named : null;
  const path = url.split("?", 1)[0] ?? "";
  const isSignOut = /^\/api\/sign-out(\/|$)/.test(path);
  const isEnded = statusCode === 401 || (statusCode >= 300 && /^[^?#]*\/sign-in([?#]|$)/.test(location));
  if (path.startsWith("/api/sign-out/everywhere") && statusCode < 300 && personId !== null) turns.forget(personId);
  if (session === "") return personId;
  if (isSignOut || isEnded) turns.learn(session, null);
  else if (personId !== null) turns.learn(session, personId);
  return personId;
}

/**
 * Queues a download, behind its head, for one of the download places of its person. The console makes it while it is
 * read, so it must not take the turns of pages, and must not be free either. Call it with the head, before the answer
 * is piped. Call the result when nothing more comes from the console.
 */
export function holdDownload(
  turns: CallerTurns,
  person: string,
  answer: IncomingMessage,
  response: ServerResponse,
  unreadMs = UNREAD_MS,
): () => void {
  let isOver = false;
  let endTurn = () => {};
  const pipe = answer.pipe.bind(answer);
  answer.pipe = (caller, options) => {
    answer.pause();
    response.flushHeaders();
    const place = turns.take(`downloads of ${person}`, whenGone(response), DOWNLOAD_WAIT_MS);
    const begin = (end: () => void) => {
      if (isOver || response.closed) end();
      else endTurn = end;
      if (response.closed) return;
      endUnread(response, unreadMs);
      pipeLate(answer, () => pipe(caller, options), caller);
    };
    place.then(begin, () => response.destroy());
    return caller;
  };
  return () => {
    isOver = true;
    endTurn();
  };
}

/**
 * Pipes an answer that was held back. One with nothing in it has ended meanwhile, also while it was paused, and would
 * never end what it is piped to.
 */
export function pipeLate(answer: IncomingMessage, pipe: () => unknown, caller: NodeJS.WritableStream): void {
  if (answer.readableEnded) caller.end();
  else pipe();
}

/** Ends a response of which the caller has taken nothing for a time, while something of it was ready. */
function endUnread(response: ServerResponse, unreadMs: number): void {
  const { socket } = response;
  if (socket === null) return;
  const takenBytes = () => socket.bytesWritten - socket.writableLength;
  let last = takenBytes();
  let sinceMs = performance.now();
  const timer = setInterval(() => {
    const taken = takenBytes();
    if (taken !== last || socket.writableLength === 0) {
      last = taken;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs >= unreadMs) response.destroy();
  }, unreadMs / 12);
  timer.unref();
  response.once("close", () => clearInterval(timer));
}

function whenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.closed) gone.abort();
  response.once("close", () => gone.abort());
  return gone.signal;
}
