import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "#core/errors.ts";
import type { Outage } from "../ledger/client/ledger-news.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { newId } from "../request/event-id.ts";
import { expectsJson, findDoor, wrongPath } from "../server/api-caller.ts";
import { callerAddress, callerOrigin } from "../server/caller-origin.ts";
import { refuse } from "../server/refuse.ts";
import type { Carrier, CarryListener } from "../upstream/carrier.ts";
import { answerHeaders, consoleHeaders } from "../upstream/headers.ts";
import { compressResponse } from "./compress-response.ts";
import { type BodyPlan, type ConsoleRequest, planBody, type ReadBody, readConsoleBody } from "./console-body.ts";
import { CONSOLE_ABSENT_PAGE, CONSOLE_STARTING_PAGE } from "./console-page.ts";
import { holdDownload, NO_TURN, noteWhose, pipeLate, type Turn, waitForTurn } from "./console-turn.ts";
import { buildDatabaseAwayPage, PAGE_SCRIPT_HASH } from "./database-away-page.ts";

/** Scripts, styles and the pages that explain errors; everything else of the console would wait for the database and fail. */
const NEEDS_NO_DATABASE = /^\/(_next\/|errors(\/|$))/;

/** Scripts and styles: the console only copies them, and a page asks for twenty at once. */
const IS_FILE = /^\/_next\/static\//;

/**
 * Carries a request to the console, with headers only we set. While it is not there, responds with a message.
 * Long because it is one sequence: each check ends the request or leads to the next.
 */
export async function handleConsole(
  request: IncomingMessage,
  response: ServerResponse,
  carrier: Carrier | null,
  context: ProxyContext,
): Promise<void> {
  const { settings } = context;
  // Known before the headers are the console's.
  const session = request.headers.authorization === undefined ? context.turns.readSession(request) : "";
  const isProgram = expectsJson(request);
  const isOpen = context.isOpenTo(request);
  const wrong = wrongPath(request, settings);
  const door = findDoor(request);
  const refuseWrong = () => refuse(request, response, wrong, door, newId("evt", Date.now()));
  if (isProgram && (door === "model" || carrier === null)) {
    refuseWrong();
    return;
  }
  if (carrier === null) {
    answerAbsent(request, response, "not-found", CONSOLE_ABSENT_PAGE);
    return;
  }
  const needsDatabase = !NEEDS_NO_DATABASE.test(request.url ?? "/");
  const outage = context.ledger.outage();
  const sayAway: SayAway = (now) => {
    if (!response.headersSent && !response.destroyed)
      answerAbsent(request, response, "database.away", buildDatabaseAwayPage(context, now, isOpen));
  };
  if (outage?.isAway && needsDatabase) {
    sayAway(outage);
    return;
  }
  if (!isDecodable(request.url ?? "/")) {
    const text = "This address is not valid: its percent signs do not spell UTF-8.";
    refuse(request, response, new AppError("request.invalid", {}, text), "api", newId("evt", Date.now()));
    return;
  }
  if (needsDatabase) watchOutage(context, response, sayAway);
  const headers = consoleHeaders(request.headers, {
    address: callerAddress(request, settings.trustedProxies),
    origin: callerOrigin(request, settings),
  });
  const asked = { request, response, headers, publicUrl: settings.publicUrl };
  const plan = await planBody(asked, () => isProven(context, request));
  if (response.headersSent || response.destroyed) return;
  const turn = IS_FILE.test(request.url ?? "") ? NO_TURN : await waitForTurn(context, request, response);
  if (turn === null) return;
  const body = await readInTurn(asked, plan, turn);
  if (body === "left") return;
  request.headers = headers;
  if (body !== null) request.headers["content-length"] = String(body.bytes.length);
  const policy = settings.development ? null : contentPolicy(request);
  response.on("error", () => {});
  let endDownload = () => {};
  const listener: CarryListener = {
    head: (answer) => {
      body?.release();
      turn.over();
      const person = noteWhose(context.turns, session, request.url ?? "", answer) ?? session;
      if (response.headersSent || response.closed) return false;
      if (isProgram && isNoAnswerForPrograms(request, answer)) {
        refuseWrong();
        return false;
      }
      answer.headers = answerHeaders(answer.headers, false) as IncomingMessage["headers"];
      if (policy !== null) answer.headers["content-security-policy"] = policy;
      compressResponse(request.method, String(request.headers["accept-encoding"] ?? ""), answer);
      const isDownload = answer.headers["content-disposition"] !== undefined;
      if (isDownload) endDownload = holdDownload(context.turns, person, answer, response);
      if (needsDatabase && (answer.statusCode ?? 0) >= 500) holdFailure(context, answer, sayAway);
      return true;
    },
    chunk: () => {},
    failed: () => {
      turn.over();
      if (!response.headersSent) answerAbsent(request, response, "console.starting", CONSOLE_STARTING_PAGE);
    },
    broken: () => {},
    done: () => {
      turn.over();
      endDownload();
    },
  };
  carrier.carry(request, response, listener, body?.bytes ?? null);
}

type SayAway = (outage: Outage) => void;

/** Reads the body in the caller's turn: bodies that wait for turns would fill the room of others. */
async function readInTurn(asked: ConsoleRequest, plan: BodyPlan, turn: Turn): Promise<ReadBody | null | "left"> {
  let body: ReadBody | null | "left" = "left";
  try {
    body = await readConsoleBody(asked, plan, turn.arriving);
    const { response } = asked;
    if (response.headersSent || response.destroyed) body = "left";
  } finally {
    if (body === "left") turn.over();
  }
  return body;
}

/**
 * Whether the caller is a person, or the key of a person. The console is asked about a session that it has not named.
 */
async function isProven({ turns, findCaller }: ProxyContext, request: IncomingMessage): Promise<boolean> {
  return turns.isKnown(request) || (await findCaller(request)) !== null;
}

/**
 * Responds at once to a request that waits for the console when the database is found to be away. The console waits for
 * the database too.
 */
function watchOutage({ ledger }: ProxyContext, response: ServerResponse, sayAway: SayAway): void {
  const end = ledger.onOutage((outage) => outage?.isAway && sayAway(outage));
  response.once("close", end);
}

/**
 * Holds a failure of the console back until the database was checked, three seconds at most. Replaces the failure when
 * the database is away. Nothing was sent yet: the carrier sends the head with the first piece of the body.
 */
function holdFailure({ ledger }: ProxyContext, answer: IncomingMessage, sayAway: SayAway): void {
  const pipe = answer.pipe.bind(answer);
  answer.pipe = (caller, options) => {
    answer.pause();
    void ledger.lookAgain().then(() => {
      const outage = ledger.outage();
      if (!outage?.isAway) {
        pipeLate(answer, () => pipe(caller, options), caller);
        return;
      }
      sayAway(outage);
      answer.destroy();
    });
    return caller;
  };
}

/** Whether the path can be decoded. The console responds to one that cannot with 500, as if the fault were its own. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split("?", 1)[0] ?? "");
    return true;
  } catch {
    return false;
  }
}

/** Whether the path is a page, or leads to one: one of no API. */
function isNoAnswerForPrograms(
  { method, url }: IncomingMessage,
  { statusCode = 0, headers }: IncomingMessage,
): boolean {
  const isPage = headers["content-type"]?.startsWith("text/html") === true;
  if (url?.startsWith("/api/")) return isPage && statusCode >= 400;
  const isRedirect = statusCode >= 300 && statusCode < 400 && statusCode !== 304;
  return isRedirect || (isPage && (statusCode >= 400 || (method !== "GET" && method !== "HEAD")));
}

/**
 * Content security policy with a new nonce for this response. The console reads the nonce from the request it receives
 * and puts it on its scripts, so no other script runs. (A development build needs `eval`, and goes without.)
 */
function contentPolicy(request: IncomingMessage): string {
  const nonce = randomBytes(16).toString("base64");
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
  request.headers["x-nonce"] = nonce;
  request.headers["content-security-policy"] = policy;
  return policy;
}

function answerAbsent(
  request: IncomingMessage,
  response: ServerResponse,
  code: "console.starting" | "database.away" | "not-found",
  page: string,
): void {
  forgetHead(response);
  const wantsPage = String(request.headers.accept ?? "").includes("text/html") && !request.url?.startsWith("/api/");
  if (!wantsPage || response.headersSent) {
    refuse(request, response, new AppError(code), "api", newId("evt", Date.now()));
    return;
  }
  response.writeHead(code === "not-found" ? 404 : 503, {
    "content-type": "text/html; charset=utf-8",
    "content-length": Buffer.byteLength(page),
    "cache-control": "no-store",
    "content-security-policy": `default-src 'none'; style-src 'unsafe-inline'; script-src ${PAGE_SCRIPT_HASH}; frame-ancestors 'none'; base-uri 'none'`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    ...(code === "not-found" ? {} : { "retry-after": "2" }),
  });
  response.end(request.method === "HEAD" ? undefined : page);
}

/** Drops a response of the console that is not sent. */
function forgetHead(response: ServerResponse): void {
  if (response.headersSent) return;
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusMessage = "";
}
