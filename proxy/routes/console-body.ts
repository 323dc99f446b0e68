import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { parseBearer } from "#core/access/bearer.ts";
import { toCountedAddress } from "#core/access/counted-address.ts";
import { isFromOwnPage } from "#core/access/own-page.ts";
import { looksLikeAccessToken } from "#core/access/own-secrets.ts";
import { pickSessionCookie } from "#core/access/session-cookie.ts";
import { CONSOLE_BODY_BYTES_MAX, PUBLIC_BODY_BYTES_MAX } from "#core/console-body.ts";
import { AppError } from "#core/errors.ts";
import { ConsoleBody, ConsoleRoom } from "./console-room.ts";

/** First piece of memory for a body: most are smaller, and a body that was only announced takes no more. */
const FIRST_BYTES = 4_096;
/** Paths of the API that need no sign-in. */
const PUBLIC_PATHS = /^\/api\/(auth\/|reset\b|setup\b|invites\/accept\b)/;
const NOTHING = Buffer.alloc(0);

const room = new ConsoleRoom();

/** A body in memory. It counts for its caller until `release`, or until the response ends. */
export interface ReadBody {
  bytes: Buffer;
  /**
   * Releases the room of the body. Call it at the head of the console's answer: a caller who does not read the answer
   * must not hold room.
   */
  release: () => void;
}

export interface ConsoleRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** The headers that the console will receive. */
  headers: IncomingHttpHeaders;
  publicUrl: URL | null;
}

/**
 * How a body is handled, judged by the head. There is no body, the console does not need it, or it may have `bytesMax`
 * bytes.
 */
export type BodyPlan = "none" | "unneeded" | { bytesMax: number };

/**
 * Decides by the head whether a body is read. One that the console would refuse by the head alone, or never look at, is
 * not: it is empty then, and what is left of it closes the connection. More than 16 kB are for callers who are proven;
 * `isProven` is asked only where that decides. Throws `request.too-large` and `busy`.
 */
export async function planBody(asked: ConsoleRequest, isProven: () => Promise<boolean>): Promise<BodyPlan> {
  const { "content-length": length, "transfer-encoding": coding } = asked.request.headers;
  if (coding === undefined && (length === undefined || Number(length) === 0)) return "none";
  if (coding === undefined && Number(length) > CONSOLE_BODY_BYTES_MAX) throw new AppError("request.too-large");
  if (!isBodyOfUse(asked)) return "unneeded";
  const announced = coding === undefined ? Number(length) : null;
  if (announced !== null && announced <= PUBLIC_BODY_BYTES_MAX) return { bytesMax: announced };
  const isClaimed = isSignInClaimed(asked);
  if (isClaimed && (await isProven())) return { bytesMax: announced ?? CONSOLE_BODY_BYTES_MAX };
  if (announced === null) return { bytesMax: PUBLIC_BODY_BYTES_MAX };
  // The console refuses the sign-in in its own words.
  if (isClaimed) return "unneeded";
  throw new AppError("request.too-large");
}

/**
 * Reads a body as planned: null for none, `left` for a caller who left in its middle. The console never sees a part of
 * one: a caller who sends slowly, too much or not to the end occupies no connection of it. `arriving` gets what refuses
 * the body while it is not complete, and returns what to call when it is. Throws `request.too-large` and `busy`.
 */
export async function readConsoleBody(
  asked: ConsoleRequest,
  plan: BodyPlan,
  arriving: (refuse: (problem: AppError) => void) => () => void,
): Promise<ReadBody | null | "left"> {
  if (plan === "none") return null;
  if (plan !== "unneeded") return readWhole(asked, plan.bytesMax, arriving);
  readAway(asked.request);
  return { bytes: NOTHING, release: () => {} };
}

/** Reads and drops what is sent of a body. That way the end of the request, or of its connection, is noticed. */
function readAway(request: IncomingMessage): void {
  let length = 0;
  const onPiece = (piece: Buffer) => {
    length += piece.length;
    if (length <= CONSOLE_BODY_BYTES_MAX) return;
    request.off("data", onPiece);
    request.pause();
  };
  request.on("error", () => {});
  request.on("data", onPiece);
}

/**
 * Whether the head leaves a reason to read the body, by what the console checks as well. Bodies are for its API, JSON,
 * and sent by an access token or a page of the console. A DELETE with a body of another type must not become one
 * without.
 */
function isBodyOfUse({ request, headers, publicUrl }: ConsoleRequest): boolean {
  if (request.url?.startsWith("/api/") !== true) return false;
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json" && request.method !== "DELETE") return false;
  if (parseBearer(headers.authorization) !== null) return true;
  const said = { site: toText(headers["sec-fetch-site"]), origin: toText(headers.origin) };
  const reached = `${headers["x-forwarded-proto"]}://${headers["x-forwarded-host"]}`;
  return isFromOwnPage(said, publicUrl === null ? [reached] : [publicUrl.origin, reached]);
}

/**
 * Whether the head claims a sign-in and the path is one that looks at it. Only then the console takes more than a small
 * body. The console checks the claim again.
 */
function isSignInClaimed({ request, headers, publicUrl }: ConsoleRequest): boolean {
  if (PUBLIC_PATHS.test(request.url ?? "")) return false;
  if (pickSessionCookie(headers.cookie, publicUrl?.protocol === "https:") !== "") return true;
  return looksLikeAccessToken(parseBearer(headers.authorization) ?? "");
}

const toText = (value: string | string[] | undefined): string | null => (typeof value === "string" ? value : null);

/** Reads into one buffer that grows: pieces of a byte each would take a hundred times their size. */
function readWhole(
  { request, response, headers }: ConsoleRequest,
  bytesMax: number,
  arriving: (refuse: (problem: AppError) => void) => () => void,
): Promise<ReadBody | "left"> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = NOTHING;
    let length = 0;
    const stop = () => {
      arrived();
      request.off("data", onPiece);
      request.off("end", onEnd);
      request.off("close", onEnd);
    };
    const refuse = (problem: unknown) => {
      stop();
      bytes = NOTHING;
      room.leave(place);
      reject(problem);
    };
    const place = new ConsoleBody(readAddress(headers), refuse);
    const arrived = arriving(refuse);
    const onPiece = (piece: Buffer) => {
      try {
        bytes = withRoomFor(length + piece.length, bytes, bytesMax, place);
      } catch (problem) {
        refuse(problem);
        return;
      }
      length += piece.copy(bytes, length);
    };
    const onEnd = () => {
      stop();
      room.arrived(place);
      if (response.closed) room.leave(place);
      if (!request.complete) resolve("left");
      else resolve({ bytes: bytes.subarray(0, length), release: () => room.leave(place) });
    };
    request.on("data", onPiece);
    request.on("end", onEnd);
    request.on("close", onEnd);
    response.once("close", () => room.leave(place));
  });
}

/** The same bytes with room for `needed` of them; throws `request.too-large` and `busy`. */
function withRoomFor(needed: number, bytes: Buffer, bytesMax: number, place: ConsoleBody): Buffer {
  if (needed <= bytes.length) return bytes;
  if (needed > bytesMax) throw new AppError("request.too-large");
  const size = Math.min(bytesMax, Math.max(needed, 2 * bytes.length, FIRST_BYTES));
  room.take(place, size - bytes.length);
  const larger = Buffer.allocUnsafeSlow(size);
  bytes.copy(larger);
  return larger;
}

/** The address that a body counts for: the caller's, also behind a trusted proxy. */
const readAddress = (headers: IncomingHttpHeaders): string =>
  toCountedAddress(String(headers["x-forwarded-for"] ?? ""));
