import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { readActivityFacets } from "#control/activity/facets.ts";
import { listRequests, liveRequests } from "#control/activity/requests.ts";
import { listTeam, type TeamView } from "#control/team/list.ts";
import {
  type ActivityFacets,
  isKnownUnused,
  type LiveRequests,
  type RequestPage,
  type RequestRow,
} from "#core/activity/request-view.ts";
import { shortModel } from "#core/costs/model-key.ts";
import { errorEntry, isErrorCode } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatMoney, formatTokens } from "#core/report/format.ts";
import type { Parsed } from "../arguments.ts";
import { type Ask, INSTALLATION_HELP, NotCcoError, withInstallation } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { installationOptions } from "../installation.ts";

const help = `Examples:
  cco logs                                         the newest 50 requests
  cco logs -f --project docs
  cco logs -f --errors
  cco logs -f --json | jq 'select(.costNanoUsd != null)'

One line for each request: time in UTC, who, project, model asked for → model that served, decision and rule, status, tokens
and cost, separated by tabs. Who may not see the requests of all sees their own.

  -f, --follow          go on with those that end from now on, until Ctrl-C; connects again when the server was away
  --limit <n>           how many at first, 200 at most; 50 unless named, with -f none
  --range <name>        today, 7d, 30d, …; 7d unless named
  --project <name>      only this project
  --user <who>          only this person: their e-mail address, name or id
  --model <id>          only what this model served
  --errors              only what failed
  --json                one object a line: {"schema_version":1, and the request as /api/activity has it}
${INSTALLATION_HELP}`;

const POLL_MS = 1_000;
const RETRY_MOST_MS = 15_000;
/** Ids that are remembered: two looks overlap by 5 seconds. */
const SEEN_MAX = 20_000;

const rowsShape = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      startedAtMs: z.number().min(0).max(8.64e15),
      project: z.string(),
      caller: z.string().nullable(),
      requested: z.string().nullable(),
      served: z.string().nullable(),
      decision: z.string(),
      ruleId: z.string().nullable(),
      status: z.number(),
      errorType: z.string().nullable(),
      promptTokens: z.number(),
      outputTokens: z.number(),
      costNanoUsd: z
        .string()
        .regex(/^-?\d{1,30}$/)
        .nullable(),
    }),
  ),
});

export const logsCommand: Command = {
  summary: "Show requests as they happen",
  help,
  options: {
    ...installationOptions,
    follow: { type: "boolean", short: "f" },
    limit: { type: "string" },
    range: { type: "string" },
    project: { type: "string" },
    user: { type: "string" },
    model: { type: "string" },
    errors: { type: "boolean" },
    json: { type: "boolean" },
  },
  run: (parsed) => withInstallation(parsed, (ask) => run(parsed, ask)),
};

async function run(parsed: Parsed, ask: Ask): Promise<number> {
  const query = await buildQuery(parsed, ask);
  const isFollowing = parsed.flag("follow");
  const limit = parseLimit(parsed.text("limit") ?? (isFollowing ? null : "50"));
  const seen = new Set<string>();
  const show = (rows: readonly RequestRow[]) => {
    for (const row of rows) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      parsed.output.data(parsed.flag("json") ? JSON.stringify({ schema_version: 1, ...row }) : formatLine(row, parsed));
    }
    for (const id of seen) if (seen.size > SEEN_MAX) seen.delete(id);
  };
  if (limit !== null) {
    const range = parsed.text("range");
    const page = { ...query, limit: String(limit), ...(range === null ? {} : { range }) };
    const { rows } = await ask<RequestPage>({
      path: `/api/activity?${new URLSearchParams(page)}`,
      shape: rowsShape,
      local: (actor, deps) => listRequests(actor, page, deps),
    });
    show(rows.toReversed());
    if (rows.length === 0 && !isFollowing && !parsed.flag("json")) parsed.output.note("no requests like that");
  }
  return isFollowing ? follow(parsed, ask, query, show) : exitCodes.ok;
}

/** Shows what ends until the user interrupts. Resolves to the exit code. */
async function follow(
  { output }: Parsed,
  ask: Ask,
  query: Record<string, string>,
  show: (rows: readonly RequestRow[]) => void,
): Promise<number> {
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  process.once("SIGTERM", () => interrupt.abort());
  const { signal } = interrupt;
  let since: number | null = null;
  let failures = 0;
  while (!signal.aborted) {
    const live: Record<string, string> = { ...query, ...(since === null ? {} : { since: String(since) }) };
    try {
      const { rows, until, isCut }: LiveRequests = await ask<LiveRequests>({
        path: `/api/activity/live?${new URLSearchParams(live)}`,
        shape: rowsShape.extend({ until: z.number(), isCut: z.boolean() }),
        local: (actor, deps) => liveRequests(actor, live, deps),
      });
      if (failures > 0) output.note("connected again");
      if (isCut) output.note("more ended than can be shown; the oldest are left out");
      [since, failures] = [until, 0];
      show(rows);
    } catch (problem) {
      if (!isPassing(problem)) throw problem;
      if (failures === 0) output.note(`${(problem as Error).message}; trying again`);
      failures += 1;
    }
    const waitMs = failures === 0 ? POLL_MS : Math.min(RETRY_MOST_MS, POLL_MS * 2 ** (failures - 1));
    await sleep(waitMs, null, { signal }).catch(() => {});
  }
  return exitCodes.interrupted;
}

/** Whether a failure is one that time cures: the server restarts, or its database is away. */
function isPassing(problem: unknown): boolean {
  if (!(problem instanceof CliError)) return false;
  if (problem instanceof NotCcoError) return problem.mayPass;
  const code = problem.reason?.code ?? "";
  return problem.code === exitCodes.unreachable || (isErrorCode(code) && errorEntry(code).status >= 500);
}

async function buildQuery({ text, flag }: Parsed, ask: Ask): Promise<Record<string, string>> {
  const user = text("user");
  const given = { project: text("project"), model: text("model"), outcome: flag("errors") ? "failed" : null };
  const person = user === null ? null : await personId(user, ask);
  const named = Object.entries({ ...given, person }).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(named);
}

/** The API knows people by id. An address is looked up in the team, a name among those with requests. */
async function personId(user: string, ask: Ask): Promise<string> {
  const wanted = user.toLowerCase();
  const people: readonly { id: string; name: string; email?: string }[] = user.includes("@")
    ? (await ask<TeamView>({ path: "/api/team", shape: teamShape, local: listTeam })).people
    : (
        await ask<ActivityFacets>({
          path: "/api/activity/facets",
          shape: facetsShape,
          local: (actor, deps) => readActivityFacets(actor, {}, deps),
        })
      ).person;
  const found = people.find(({ id, name, email = "" }) =>
    [id, name, email].some((one) => one.toLowerCase() === wanted),
  );
  if (found === undefined)
    throw new CliError(exitCodes.failure, `there is no person ${user} with requests`, "cco users list shows them");
  return found.id;
}

const personShape = z.object({ id: z.string(), name: z.string() });
const teamShape = z.object({ people: z.array(personShape.extend({ email: z.string() })) });
const facetsShape = z.object({ person: z.array(personShape) });

function parseLimit(text: string | null): number | null {
  if (text === null) return null;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0 && limit <= 200) return limit;
  throw new CliError(exitCodes.usage, `--limit ${text} is no number from 1 to 200`);
}

function formatLine(row: RequestRow, { output }: Parsed): string {
  const { requested, served, decision, ruleId, status, errorType, costNanoUsd } = row;
  const models = [requested, served].filter((id) => id !== null).map((id) => shortModel(id));
  const isFailed = status >= 400 || errorType !== null;
  const state = errorType === null ? String(status) : `${status} ${errorType}`;
  return [
    new Date(row.startedAtMs).toISOString().slice(0, 19).replace("T", " "),
    row.caller ?? "–",
    row.project,
    [...new Set(models)].join(" → ") || "–",
    ruleId === null ? decision : `${decision} ${ruleId}`,
    isFailed ? output.paint("red", state) : state,
    `${formatTokens(row.promptTokens)} in, ${formatTokens(row.outputTokens)} out`,
    isKnownUnused(row) ? "–" : `${formatMoney(costNanoUsd)}${row.isPlan ? " plan" : ""}`,
  ].join("\t");
}
