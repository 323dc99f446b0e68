import { setImmediate } from "node:timers/promises";
import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { alertKinds } from "#core/alerts/alert-kinds.ts";
import { type Replay, replayAlert, replayedKinds } from "#core/alerts/replay.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { readAlertPast } from "./past.ts";
import { requireWithin, secondsField } from "./settings-input.ts";

const replayInput = z.strictObject({
  kind: z.enum(replayedKinds, `Only these can be replayed: ${replayedKinds.join(", ")}.`),
  threshold: z.number(),
  minimumSample: z.int("Write a whole number."),
  holdS: secondsField,
  coolDownS: secondsField,
});

/**
 * Counts how often an alert would have fired with these settings in the last 90 days. It is for kinds whose facts of
 * then are recorded.
 */
export async function readReplay(actor: Actor, input: unknown, deps: ControlDeps): Promise<Replay> {
  requirePermission(actor, "alerts.read");
  const { kind, threshold, minimumSample, holdS, coolDownS } = parseInput(replayInput, input);
  const { threshold: thresholds, sample } = alertKinds[kind];
  if (thresholds !== null) requireWithin("threshold", thresholds, threshold);
  if (sample !== null) requireWithin("minimumSample", sample, minimumSample);
  const settings = { threshold, minimumSample, holdMs: holdS * 1_000, coolDownMs: coolDownS * 1_000 };
  const past = await readAlertPast(deps);
  return replayAlert(kind, settings, past, { nowMs: deps.now().getTime(), pause: () => setImmediate() });
}
