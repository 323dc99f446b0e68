import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { type ChannelView, type TestOutcome, testChannel } from "#control/alerts/channels.ts";
import { type AlertRuleView, type AlertsView, type FiringView, readAlerts } from "#control/alerts/list.ts";
import { watchAlerts } from "#control/alerts/watch.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Parsed } from "../arguments.ts";
import { ask, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { installationOptions, requireHere } from "../installation.ts";
import { withControl } from "../open-control.ts";
import { runVerb, type Verb } from "../verbs.ts";

const help = `Examples:
  cco alerts list                                  every alert, with its state and today's value
  cco alerts firing                                what fires now, with the fix; exit code 1 while something does
  cco alerts test chn_01JC…                        send a test to a channel
  cco alerts watch                                 judge and send, where no console runs

The console judges alerts twice a minute. Of several instances one does, and each message is sent once. Alerts and
channels are set in the console, under Alerts.

  list                  alerts
  firing                what fires now
  channels              where alerts are sent
  test <channel>        send a message that is marked as a test
  watch                 until it is stopped

  --json                {"schema_version":1, and what the API answers}
${INSTALLATION_HELP}`;

const OPEN_AGAIN_MS = 10_000;

const verbs: Record<string, Verb> = { list, firing, channels, test, watch };

export const alertsCommand: Command = {
  summary: "Show alerts, test their channels, and watch",
  help,
  options: { ...installationOptions, json: { type: "boolean" } },
  verbs: Object.keys(verbs),
  words: { list: 0, firing: 0, channels: 0, test: 1, watch: 0 },
  run: (parsed) => runVerb("alerts", verbs, parsed, help),
};

const viewShape = z.looseObject({
  rules: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      state: z.string(),
      isOn: z.boolean(),
      channels: z.array(z.string()),
    }),
  ),
  firing: z.array(z.looseObject({ title: z.string(), firedAt: z.string() })),
  channels: z.array(z.looseObject({ id: z.string(), kind: z.string(), name: z.string() })),
});

const read = (parsed: Parsed): Promise<AlertsView> =>
  ask<AlertsView>(parsed, { path: "/api/alerts", shape: viewShape, local: readAlerts });

async function list(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const { rules, lookedAt } = await read(parsed);
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, lookedAt, rules }));
  for (const rule of rules) output.data([rule.id, stateWords(rule), rule.name, rule.now ?? ""].join("\t"));
  output.note(
    lookedAt === null ? "not judged yet: the console, or cco alerts watch, judges them" : `judged ${lookedAt}`,
  );
}

const stateWords = ({ state, firingSince, snoozedUntil, mayFireAt }: AlertRuleView): string => {
  if (state === "firing") return `firing since ${firingSince}`;
  if (state === "over-quiet") return `beyond its bound, quiet until ${mayFireAt}`;
  if (state === "over-waiting") return `beyond its bound, may fire ${mayFireAt}`;
  return state === "snoozed" ? `snoozed until ${snoozedUntil}` : state;
};

async function firing(parsed: Parsed): Promise<number> {
  const { output, flag } = parsed;
  const { firing: open, rules } = await read(parsed);
  const over = rules.filter(({ state }) => state === "over-quiet" || state === "over-waiting").length;
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, firing: open }));
  else for (const one of open) output.data(formatLine(one));
  const said = open.length === 0 ? "nothing fires" : `${formatCounted(open.length, "alert")} firing`;
  output.note(
    over === 0 ? said : `${said}; ${formatCounted(over, "alert")} beyond the bound without firing: cco alerts list`,
  );
  return open.length === 0 ? exitCodes.ok : exitCodes.failure;
}

/** In the figures of now where they are known: those of the message are of the time it was sent. */
const formatLine = ({ firedAt, title, now, fix, acknowledgedBy }: FiringView): string =>
  [
    firedAt,
    now?.title ?? `when it fired: ${title}`,
    `${fix.label}: ${fix.path}`,
    acknowledgedBy === null ? "" : `seen by ${acknowledgedBy}`,
  ].join("\t");

async function channels(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const { channels: all, rules } = await read(parsed);
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, channels: all }));
  for (const { id, kind, name, target, quietFrom, quietTo } of all satisfies ChannelView[])
    output.data([id, kind, name, target, quietFrom === null ? "" : `quiet ${quietFrom}-${quietTo}`].join("\t"));
  if (all.length === 0) output.note("no channels; they are added in the console, under Alerts");
  const chosen = new Set(rules.flatMap(({ isOn, channels: ids }) => (isOn ? ids : [])));
  for (const { id, name } of all)
    if (!chosen.has(id))
      output.note(`${id} (${name}) receives no alert: choose it in the alerts it is for, in the console`);
}

async function test(parsed: Parsed, [id]: readonly string[]): Promise<void> {
  const { output, flag } = parsed;
  if (id === undefined) throw new CliError(exitCodes.usage, "name the channel", "cco alerts channels shows them");
  const outcome = await ask<TestOutcome>(parsed, {
    method: "POST",
    path: `/api/alerts/channels/${encodeURIComponent(id)}/test`,
    body: {},
    shape: z.object({
      isSent: z.boolean(),
      // A console of an earlier release does not say it.
      isInPart: z.boolean().default(false),
      tookMs: z.number(),
      problem: z.string().nullable(),
    }),
    local: (actor, deps) => testChannel(actor, id, deps),
  });
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, ...outcome }));
  const { isInPart, problem } = outcome;
  if (problem !== null) throw new CliError(exitCodes.failure, `${isInPart ? "sent in part" : "not sent"}: ${problem}`);
  output.note(`sent in ${outcome.tookMs} ms`);
}

/** Ends with SIGTERM or SIGINT, after the messages that are being sent. A database that is away is waited for. */
async function watch(parsed: Parsed): Promise<void> {
  requireHere(parsed, "cco alerts watch");
  const stop = new AbortController();
  const { signal } = stop;
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  const pause = (ms: number): Promise<void> => wait(ms, undefined, { signal }).catch(() => {});
  let problem = "";
  while (!signal.aborted) {
    try {
      await withControl(parsed, (_actor, deps) =>
        watchAlerts(async () => deps, {
          signal,
          wait: pause,
          said: (text) => (text === null ? parsed.output.note("alerts are judged again") : parsed.output.error(text)),
        }),
      );
    } catch (error) {
      // A wrong setting, or a place without CCO: waiting changes nothing.
      if (error instanceof CliError && error.code !== exitCodes.databaseUnusable) throw error;
      const text = error instanceof Error ? error.message : String(error);
      if (text !== problem) parsed.output.error(`alerts wait for the database: ${text}`);
      problem = text;
      await pause(OPEN_AGAIN_MS);
    }
  }
}
