import { createHash } from "node:crypto";
import { invariant } from "#core/invariant.ts";
import type { BodyIndex } from "#core/protocol/body-index.ts";
import { isTitleLike } from "#core/protocol/messages-fields.ts";
import { type Decision, decide } from "#core/rules/decide.ts";
import { hashOf } from "./admit.ts";
import { type Pins, pinKey } from "./pins.ts";
import type { Choice, Trip } from "./trip.ts";

/** Bytes of a JSON body a token stands for, on the cautious side: only rules with size conditions look at it. */
const BYTES_PER_TOKEN = 3;

/** Tokens a body of this length has at most, near enough. */
export const estimatedTokens = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN);

/**
 * Which model serves this request. A session that was decided keeps its decision; overrides switched off act at once on
 * everything. Token counts follow the decision of their session's messages and never make one.
 */
export function choose(trip: Trip, bytes: Buffer, index: BodyIndex, pins: Pins): Choice {
  const { snapshot, fields, caller } = trip;
  invariant(snapshot !== null && fields !== null && caller !== null, "choose comes after admit and index");
  const key = fields.isOneShot ? null : pinKey(trip.sessionId, trip.agentId, index.model);
  const pinned = key === null || !snapshot.ruleSet.enabled ? null : pins.find(key, snapshot);
  if (pinned !== null) return pinned;
  const decision = decide(snapshot.compiled, snapshot.version, {
    model: index.model,
    project: caller.project,
    person: caller.personId,
    personEmail: caller.personEmail,
    team: caller.team,
    key: caller.proxyKeyId,
    keyName: caller.proxyKeyName,
    path: trip.path,
    header: (name) => trip.header(name),
    sessionKey: trip.sessionId ?? sessionStandIn(trip, bytes, index),
    agentId: trip.agentId,
    promptTokens: estimatedTokens(bytes.length),
    hasTools: fields.hasTools,
    hasThinking: fields.hasThinking,
    get titleLike() {
      return isTitleLike(bytes, index, fields);
    },
    nowMs: trip.startedAtMs,
  });
  const choice = choiceOf(decision);
  if (key !== null && trip.endpoint === "messages" && snapshot.ruleSet.enabled) pins.set(key, choice, snapshot);
  return choice;
}

/** The request went back to the model it asked for, and so does what is left of its session. */
export function fellBack(trip: Trip, reason: string, pins: Pins): Choice {
  return backToRequested(trip, { kind: "fallback", reason }, { kind: "skipped", reason: `pinned:${reason}` }, pins);
}

/** The served model cannot take this request: it keeps its own, and so does what is left of its session. */
export function skipped(trip: Trip, reason: string, pins: Pins): Choice {
  return backToRequested(trip, { kind: "skipped", reason }, { kind: "skipped", reason }, pins);
}

type Verdict = Pick<Choice, "kind" | "reason">;

function backToRequested(trip: Trip, now: Verdict, later: Verdict, pins: Pins): Choice {
  const { choice, snapshot, fields } = trip;
  invariant(choice !== null && snapshot !== null, "only a decided request goes back");
  const back: Choice = { ...choice, ...now, served: choice.requested };
  const key = pinKey(trip.sessionId, trip.agentId, choice.requested);
  if (key !== null && fields?.isOneShot === false && trip.endpoint === "messages")
    pins.set(key, { ...back, ...later }, snapshot);
  return back;
}

function choiceOf(decision: Decision): Choice {
  const { requested, version, ruleId } = decision;
  if (decision.kind === "override") {
    return {
      requested,
      served: decision.served,
      kind: "override",
      reason: "rule",
      ruleId,
      version,
      fallback: decision.fallback,
    };
  }
  return { requested, served: requested, kind: "pass", reason: decision.why, ruleId, version, fallback: "never" };
}

/** Holds the requests of a conversation together for percentages when the client names no session. */
function sessionStandIn(trip: Trip, bytes: Buffer, index: BodyIndex): string {
  const userId = trip.fields?.userId;
  if (userId) return hashOf(userId);
  const hash = createHash("sha256").update(trip.caller?.credentialHash() ?? "");
  const system = index.fields.get("system");
  const messages = index.fields.get("messages");
  if (system !== undefined) hash.update(bytes.subarray(system.start, system.end));
  if (messages !== undefined) hash.update(bytes.subarray(messages.start, Math.min(messages.end, messages.start + 512)));
  return hash.digest("hex");
}
