import process from "node:process";
import type * as z from "zod";
import type { ControlDeps } from "#control/deps.ts";
import type { Actor } from "#core/access/actor.ts";
import { errorPath, isErrorCode } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { withControl } from "./open-control.ts";
import { visible } from "./output.ts";
import { refusalError } from "./refusal-error.ts";
import { accessHeaders, namedServer, ownAddressHere } from "./server-address.ts";

/** The line on where it works, in the help of a command with `installationOptions`. */
export const INSTALLATION_HELP = `  --config, --data-dir  which installation on this machine. With CCO_URL and CCO_TOKEN a running server is asked instead`;

/** One thing asked of an installation: over its API, or of the verb behind that API. Both give the same. */
export interface Question<T> {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Path of the API, with its query. */
  path: string;
  /** Sent as JSON. */
  body?: object;
  /** What the command reads of the answer; another program at that address is not taken for CCO. */
  shape: z.ZodType;
  /** Texts of the answer may have several lines. */
  hasLines?: true;
  local(actor: Actor, deps: ControlDeps): Promise<T>;
}

const ANSWER_WITHIN_MS = 60_000;
/** A file of a long range is made while it is read. */
const FILE_WITHIN_MS = 30 * 60_000;
export const PARQUET_TYPE = "application/vnd.apache.parquet";
/** An answer to a question, and the text of a refusal: more is none of CCO's. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const REFUSAL_BYTES_MAX = 64 * 1024;

/** Asks one question of an installation. Refusals are a `CliError`. */
export type Ask = <T>(question: Question<T>) => Promise<T>;

/**
 * Works on the server of `CCO_URL` with the token of `CCO_TOKEN`. Without them it works on this machine's own database,
 * which is opened once.
 */
export function withInstallation<T>(parsed: Parsed, work: (ask: Ask) => Promise<T>): Promise<T> {
  const url = namedServer();
  if (url !== null) return work((question) => askServer(url, question));
  return withControl(parsed, (actor, deps) =>
    work(async (question) => printable(question, await question.local(actor, deps))),
  );
}

/** Asks one question. Refusals are a `CliError`. */
export const ask = <T>(parsed: Parsed, question: Question<T>): Promise<T> =>
  withInstallation(parsed, (askOne) => askOne(question));

async function askServer<T>(url: string, question: Question<T>): Promise<T> {
  const response = await send(url, question);
  const text = await readAtMost(response, ANSWER_BYTES_MAX);
  const answer = text === null ? null : parseJson(text);
  if (!question.shape.safeParse(answer).success) throw new NotCcoError(url, null);
  return printable(question, answer) as T;
}

const printable = <T>({ hasLines }: Question<T>, answer: T): T => (hasLines ? answer : oneLined(answer));

/** Puts each text of the answer on one line. A line break in a name must not become a line of a list. */
function oneLined<T>(answer: T): T {
  const clean = (value: unknown): unknown => {
    if (typeof value === "string") return visible(value.replace(/[\n\t]/g, "\ufffd"));
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, clean(held)]));
  };
  return clean(answer) as T;
}

/** One fix for three causes: the answer does not say which it is. */
const NEW_TOKEN = "it is wrong, has ended or was revoked: create another under Settings, Access tokens";

/** What answers is another program. */
export class NotCcoError extends CliError {
  /** Whether it may be a front proxy whose CCO is away for now; a refusal of another program stays one. */
  readonly mayPass: boolean;

  constructor(url: string, status: number | null) {
    const because = status === null ? "" : `: it answers ${status}`;
    const fix = "look at CCO_URL; cco doctor looks at what answers there";
    super(exitCodes.unreachable, `what answers at ${url} is not CCO${because}`, fix);
    this.mayPass = status === null || status >= 500;
  }
}

/** The same for an answer that is text, piece by piece. */
export const askText = (
  parsed: Parsed,
  question: Omit<Question<Iterable<string> | AsyncIterable<string>>, "shape">,
  write: (text: string) => void | Promise<void>,
): Promise<void> => askPieces(parsed, { ...question, mediaType: "text/csv" }, (piece) => write(String(piece)));

/** Question whose answer is a file of a media type: text, or the bytes of Parquet. */
interface FileQuestion extends Omit<Question<AsyncIterable<Piece> | Iterable<Piece>>, "shape"> {
  mediaType: string;
}
type Piece = string | Uint8Array;

/** The same for an answer that is a file, piece by piece. Parquet comes as bytes, all else as text. */
export async function askPieces(
  parsed: Parsed,
  question: FileQuestion,
  write: (piece: Piece) => void | Promise<void>,
): Promise<void> {
  const url = namedServer();
  if (url === null) {
    await withControl(parsed, async (actor, deps) => {
      for await (const piece of await question.local(actor, deps)) await write(piece);
    });
    return;
  }
  const response = await send(url, question, FILE_WITHIN_MS);
  if (response.headers.get("content-type")?.startsWith(question.mediaType) !== true) throw new NotCcoError(url, null);
  const isText = question.mediaType !== PARQUET_TYPE;
  try {
    const pieces = isText ? (response.body?.pipeThrough(new TextDecoderStream()) ?? []) : (response.body ?? []);
    for await (const piece of pieces) await write(piece);
  } catch (problem) {
    if (problem instanceof CliError) throw problem;
    throw new CliError(exitCodes.unreachable, "the server's answer broke off", "try again, with a shorter range");
  }
}

/** The address that links of an installation begin with; `isPublic`: whether people elsewhere can open it. */
export function linkBase(): { address: string; isPublic: boolean } {
  const named = namedServer() ?? process.env.CCO_PUBLIC_URL?.replace(/\/+$/, "");
  return named ? { address: named, isPublic: true } : { address: ownAddressHere(), isPublic: false };
}

async function send(
  url: string,
  { method = "GET", path, body }: Omit<Question<unknown>, "shape">,
  withinMs = ANSWER_WITHIN_MS,
): Promise<Response> {
  // Half of the pair would make a change on this machine that was meant for the server.
  const access = accessHeaders();
  if (access.authorization === undefined)
    throw new CliError(
      exitCodes.notAllowed,
      "CCO_URL is set, but CCO_TOKEN is not",
      "create an access token in Settings, and set CCO_TOKEN or CCO_TOKEN_FILE",
    );
  const response = await fetchAnswer(url, path, {
    method,
    headers: { ...access, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    redirect: "manual",
    signal: AbortSignal.timeout(withinMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  throw await readRefusal(response, url);
}

async function fetchAnswer(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, init);
  } catch {
    throw new CliError(exitCodes.unreachable, `${url} does not answer`, "cco status and cco doctor look at it");
  }
}

/** The refusal that the server named, else what its status says. */
async function readRefusal(response: Response, url: string): Promise<CliError> {
  const said = parseJson((await readAtMost(response, REFUSAL_BYTES_MAX)) ?? "");
  const { error, details } = typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
  const code = /\/errors\/([\w.-]+)>/.exec(response.headers.get("link") ?? "")?.[1] ?? "";
  if (code === "" && typeof error !== "string") return new NotCcoError(url, response.status);
  const text = typeof error === "string" ? error.slice(0, 1_000) : `the server answers ${response.status}`;
  if (response.status === 401 && (code === "auth.required" || code === ""))
    return new CliError(exitCodes.notAllowed, `${url} refuses the access token of CCO_TOKEN: ${text}`, NEW_TOKEN, {
      code: code === "" ? "notAllowed" : code,
      url: code === "" ? null : `${url}${errorPath("auth.required")}`,
    });
  if (!isErrorCode(code)) return new CliError(toExitCode(response.status), text);
  const known = typeof details === "object" && details !== null ? (details as Record<string, unknown>) : {};
  return refusalError({ code, text, details: known }, url);
}

/** Null for what is no JSON: the status has to do then. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Null for an answer that is larger, or breaks off. */
async function readAtMost(response: Response, bytesMax: number): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      bytes += piece.length;
      if (bytes > bytesMax) return null;
      pieces.push(piece);
    }
  } catch {
    return null;
  }
  return Buffer.concat(pieces).toString("utf8");
}

function toExitCode(status: number): number {
  if (status === 401 || status === 403) return exitCodes.notAllowed;
  if (status === 409) return exitCodes.conflict;
  return status === 400 ? exitCodes.usage : exitCodes.failure;
}
