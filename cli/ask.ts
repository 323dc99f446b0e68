import process from "node:process";
import type { ControlDeps } from "#control/deps.ts";
import type { Actor } from "#core/access/actor.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { withControl } from "./open-control.ts";
import { accessHeaders, namedServer } from "./server-address.ts";

/** The line on where it works, in the help of a command with `placeOptions`. */
export const INSTALLATION_HELP = `  --config, --data-dir  which installation on this machine. With CCO_URL and CCO_TOKEN a running server is asked instead`;

/** One thing asked of an installation: over its API, or of the verb behind that API. Both give the same. */
export interface Question<T> {
  method?: "GET" | "POST" | "DELETE";
  /** Path of the API, with its query. */
  path: string;
  /** Sent as JSON. */
  body?: object;
  local(actor: Actor, deps: ControlDeps): Promise<T>;
}

const ANSWER_WITHIN_MS = 60_000;

/** Asks the server of `CCO_URL` with the token of `CCO_TOKEN`; without them this machine's own database. Refusals are a `CliError`. */
export async function ask<T>(parsed: Parsed, question: Question<T>): Promise<T> {
  const response = await send(question);
  return response === null ? withControl(parsed, question.local) : ((await response.json()) as T);
}

/** The same for an answer that is text, piece by piece. */
export async function askText(parsed: Parsed, question: Question<Iterable<string>>, write: (text: string) => void) {
  const response = await send(question);
  if (response === null) {
    await withControl(parsed, async (actor, deps) => {
      for (const piece of await question.local(actor, deps)) write(piece);
    });
    return;
  }
  try {
    const pieces = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const text of pieces) write(text);
  } catch {
    throw new CliError(exitCodes.unreachable, "the server's answer broke off", "try again, with a shorter range");
  }
}

/** The address that links of an installation begin with: a path alone where it is not known. */
export const linkBase = (): string => namedServer() ?? (process.env.CCO_PUBLIC_URL ?? "").replace(/\/+$/, "");

/** Null: no server is named. */
async function send({ method = "GET", path, body }: Question<unknown>): Promise<Response | null> {
  const url = namedServer();
  if (url === null) return null;
  // Half of the pair would make a change on this machine that was meant for the server.
  const access = accessHeaders();
  if (access.authorization === undefined)
    throw new CliError(
      exitCodes.notAllowed,
      "CCO_URL is set, but CCO_TOKEN is not",
      "create an access token in Settings",
    );
  const response = await answerOf(url, path, {
    method,
    headers: { ...access, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  throw new CliError(codeOf(response.status), await refusalText(response), null);
}

async function answerOf(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, init);
  } catch {
    throw new CliError(exitCodes.unreachable, `${url} does not answer`, "cco status and cco doctor look at it");
  }
}

async function refusalText(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "string") return error;
  } catch {
    // Not CCO's own answer: its status has to do.
  }
  return `the server answers ${response.status}`;
}

function codeOf(status: number): number {
  if (status === 401 || status === 403) return exitCodes.notAllowed;
  if (status === 409) return exitCodes.conflict;
  return status === 400 ? exitCodes.usage : exitCodes.failure;
}
