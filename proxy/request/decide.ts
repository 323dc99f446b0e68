import { createHash } from "node:crypto";
import { findModel } from "#core/costs/model-key.ts";
import { invariant } from "#core/invariant.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import { BoundedCache } from "#core/memo.ts";
import { isTitleLike } from "#core/protocol/messages-fields.ts";
import { type Decision, decide } from "#core/rules/decide.ts";
import { AFTER_SHRINKING, isSkippedForSize, type Pin, SKIPPED_FOR_LENGTH } from "#core/rules/pin.ts";
import { findShareBucket, isShareAsked } from "#core/rules/share-bucket.ts";
import { hashSecret } from "#store/hashes.ts";
import type { Snapshot } from "../process/proxy-context.ts";
import { buildPinKeys, type PinKeys, type Pins } from "../sessions/pins.ts";
import type { RequestContext } from "./context.ts";
import type { Choice, Decided } from "./context-parts.ts";
import type { ModelDeps } from "./dependencies.ts";
import { buildFacts } from "./note-conversation.ts";

/** Bytes of a JSON body per token, on the cautious side: only rules with size conditions use it. */
const BYTES_PER_TOKEN = 3;

/** The approximate maximum of tokens in a body of this length. */
export const estimatedTokens = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN);

type DecideDeps = Pick<ModelDeps, "pins" | "recordedHeaders">;

/**
 * Decides which model serves this request. A decided session keeps its decision; switching overrides off takes effect
 * at once on everything. Token counts follow the decision of their session's messages and never make one.
 */
export function choose(ctx: RequestContext, bytes: Buffer, index: BodyIndex, deps: DecideDeps): Decided {
  const { pins, recordedHeaders } = deps;
  const { snapshot, asked } = ctx;
  const { caller } = ctx.admitted;
  invariant(snapshot !== null && asked !== null && caller !== null, "choose comes after authorize and index");
  const { fields } = asked;
  const place = findPinKeys(ctx, index.model);
  const found = place === null ? null : pins.find(place, index.model, snapshot);
  const facts = buildFacts(ctx, bytes, index, recordedHeaders);
  const isSmaller = found !== null && hasShrunk(found.pin ?? null, ctx, bytes);
  if (found !== null && found.pin !== null && !isSmaller) {
    const choice = choiceOfPin(found.pin, index.model, snapshot);
    const arm = findArm(choice, ctx.sessionId, snapshot);
    return { choice, pin: { key: found.key, askedKey: found.pin.askedKey }, arm, facts };
  }
  const sessionKey = ctx.sessionId ?? sessionStandIn(ctx, bytes, index);
  const decision = decide(snapshot.compiled, snapshot.version, {
    model: index.model,
    project: caller.project,
    person: caller.personId,
    personEmail: caller.personEmail,
    team: caller.team,
    key: caller.proxyKeyId,
    keyName: caller.proxyKeyName,
    path: ctx.path,
    header: (name) => ctx.header(name),
    sessionKey,
    agentId: ctx.agentId,
    promptTokens: estimatedTokens(bytes.length),
    maxTokens: fields.maxTokens,
    hasTools: fields.hasTools,
    hasThinking: fields.hasThinking,
    get titleLike() {
      return isTitleLike(bytes, index, fields);
    },
    nowMs: ctx.startedAtMs,
  });
  const decided = toChoice(decision);
  const arm = findArm(decided, sessionKey, snapshot);
  if (place === null || found === null) return { choice: decided, pin: null, arm, facts };
  const refusal = isSmaller ? null : pins.refusal(found.key);
  const choice = notAgain(decided, refusal, snapshot);
  const releasedFrom = choice.kind === "skipped" && refusal !== null ? refusal.by : null;
  if (ctx.endpoint === "messages") {
    const pin = buildPin(choice, place.askedKey, releasedFrom);
    pins.set(found.key, isSmaller && pin.target !== null ? { ...pin, reason: AFTER_SHRINKING } : pin, snapshot);
  }
  return { choice, pin: { key: found.key, askedKey: place.askedKey }, arm, facts };
}

/** The session's bucket in the share of the rule that decided; null where no share is asked. */
function findArm(choice: Choice, sessionKey: string | null, { compiled }: Snapshot): number | null {
  if (sessionKey === null || !isShareAsked(choice)) return null;
  const { ruleId, version } = choice;
  const known = arms.get(sessionKey);
  if (known?.ruleId === ruleId && known?.version === version) return known.arm;
  const arm = findShareBucket(compiled, choice, sessionKey);
  arms.set(sessionKey, { ruleId, version, arm });
  return arm;
}

/**
 * Cache of share buckets by session. A session's bucket was a fourth of the cost of an event, and stays the same for
 * all of its requests.
 */
const arms = new BoundedCache<string, { ruleId: string | null; version: number | null; arm: number | null }>();

/**
 * Whether a session that was skipped for its size now fits easily. It was compacted, its prefix is new, and no cache is
 * lost by deciding again. This is known from the request alone, so every instance and every start finds the same. The
 * limit is halved, so that a prompt at the edge does not go back and forth.
 */
function hasShrunk(pin: Pin | null, { asked, snapshot }: RequestContext, bytes: Buffer): boolean {
  if (pin === null || snapshot === null || pin.releasedFrom === null || !isSkippedForSize(pin)) return false;
  const target = findModel(snapshot.catalogue, pin.releasedFrom);
  if (target === null || target.contextWindowSafe === null) return false;
  const answer = Math.min(asked?.fields.maxTokens ?? 0, target.maxOutputTokens ?? 0);
  if (estimatedTokens(bytes.length) > (target.contextWindowSafe - answer) / 2) return false;
  // Pictures and pages count by their number, not by their bytes.
  return pin.reason === SKIPPED_FOR_LENGTH || !(bytes.includes('"image"') || bytes.includes('"document"'));
}

/**
 * Finds the key of the session's pin. Null without a session, and while overrides are off: then nothing is looked up
 * and nothing kept.
 */
export function findPinKeys({ sessionId, agentId, snapshot, asked }: RequestContext, model: string): PinKeys | null {
  if (snapshot === null || asked === null || asked.fields.isOneShot || !snapshot.ruleSet.enabled) return null;
  return buildPinKeys(sessionId, agentId, model, snapshot);
}

/** Sends the request back to the model it asked for. */
export const fellBack = (choice: Choice, reason: string): Choice => ({
  ...choice,
  kind: "fallback",
  reason,
  served: choice.requested,
});

/**
 * Pins the session to the asked model after that model accepted what the override `choice` was refused. The rest of the
 * session stays with it.
 */
export function pinFallback(ctx: RequestContext, choice: Choice, reason: string, pins: Pins): void {
  keepWithRequested(ctx, choice, `pinned:${reason}`, pins);
}

/**
 * Skips an override whose model cannot take this request. The request keeps the model it asked for, and so does the
 * rest of its session.
 */
export function skipped(ctx: RequestContext, choice: Choice, reason: string, pins: Pins): Choice {
  keepWithRequested(ctx, choice, reason, pins);
  return { ...choice, kind: "skipped", reason, served: choice.requested };
}

function keepWithRequested(
  { decided, snapshot, endpoint }: RequestContext,
  choice: Choice,
  reason: string,
  pins: Pins,
): void {
  const pin = decided?.pin ?? null;
  if (pin === null || snapshot === null || endpoint !== "messages") return;
  pins.set(pin.key, buildPin({ ...choice, kind: "skipped", reason }, pin.askedKey, choice.served), snapshot);
}

const buildPin = (
  { kind, served, reason, ruleId, version, fallback }: Choice,
  askedKey: string,
  releasedFrom: string | null,
): Pin => ({
  target: kind === "override" ? served : null,
  releasedFrom,
  reason,
  ruleId,
  version,
  fallback,
  askedKey,
});

/** The session's decision, applied to the model asked for now: "its own model" means the one asked for now. */
function choiceOfPin(pin: Pin, requested: string, { compiled, catalogue }: Snapshot): Choice {
  const { target, releasedFrom, reason, ruleId, version, fallback } = pin;
  if (target === null) {
    const kind = releasedFrom === null ? "pass" : "skipped";
    return { requested, served: requested, kind, reason, ruleId, version, fallback: "never" };
  }
  const isTarget =
    target === requested ||
    (compiled.providerIds.has(requested) && findModel(catalogue, requested) === findModel(catalogue, target));
  if (isTarget)
    return { requested, served: requested, kind: "pass", reason: "same-model", ruleId, version, fallback: "never" };
  const why = reason === AFTER_SHRINKING ? "rule" : reason;
  return { requested, served: target, kind: "override", reason: why, ruleId, version, fallback };
}

/** New rules for running sessions do not send one back to the model that has refused it. */
function notAgain(choice: Choice, refusal: { by: string; reason: string } | null, { catalogue }: Snapshot): Choice {
  if (choice.kind !== "override" || refusal === null) return choice;
  const refuser = findModel(catalogue, refusal.by);
  const isSame = refusal.by === choice.served || (refuser !== null && refuser === findModel(catalogue, choice.served));
  if (!isSame) return choice;
  return { ...choice, kind: "skipped", reason: refusal.reason, served: choice.requested };
}

function toChoice(decision: Decision): Choice {
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

/** Groups the requests of a conversation for percentages when the client names no session. */
function sessionStandIn(ctx: RequestContext, bytes: Buffer, index: BodyIndex): string {
  const userId = ctx.asked?.fields.userId;
  if (userId) return hashSecret(userId);
  const hash = createHash("sha256").update(ctx.admitted.caller?.credentialHash() ?? "");
  const system = index.fields.get("system");
  const messages = index.fields.get("messages");
  if (system !== undefined) hash.update(bytes.subarray(system.start, system.end));
  if (messages !== undefined) hash.update(bytes.subarray(messages.start, Math.min(messages.end, messages.start + 512)));
  return hash.digest("hex");
}
