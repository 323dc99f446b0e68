import type { IncomingHttpHeaders } from "node:http";
import { hazardReason, recordOfOverride, recordOfSkip } from "#core/activity/recorded-edits.ts";
import type { ModelEntry } from "#core/costs/catalogue.ts";
import { findModel } from "#core/costs/model-key.ts";
import { invariant } from "#core/invariant.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import { trimOws } from "#core/protocol/ows.ts";
import { type Edit, modelEdit } from "#core/protocol/splice.ts";
import type { AdaptInput } from "#core/rules/adapt/adaptation.ts";
import { adaptMemory } from "#core/rules/adapt-memory.ts";
import { toUtcDay } from "#core/time/utc-day.ts";
import { PerHead } from "../http1/per-head.ts";
import { HeaderBlock } from "../http1/request-parts.ts";
import { optionsOfRule } from "../rules/rule-options.ts";
import type { Pins } from "../sessions/pins.ts";
import { promptSinceLast } from "../sessions/session-prompt.ts";
import type { RequestContext } from "./context.ts";
import type { Adapted, Changes, Choice } from "./context-parts.ts";
import { estimatedTokens, skipped } from "./decide.ts";

const NOTHING: Changes = { edits: [], betas: null };

/**
 * Adapts an overridden request to the served model. Where that is not possible without taking something from the
 * caller, the override is skipped, now and for the rest of the session, and the request leaves unchanged.
 */
export function adaptRequest(
  ctx: RequestContext,
  headers: IncomingHttpHeaders,
  body: Buffer,
  index: BodyIndex,
  pins: Pins,
): Adapted {
  const { choice, snapshot } = ctx;
  invariant(choice !== null && snapshot !== null, "adapt comes after choose");
  if (choice.served === choice.requested) {
    // A session that was skipped once stays so; each of its requests records the reason.
    return { choice, changes: NOTHING, recorded: choice.kind === "skipped" ? recordOfSkip(choice.reason) : null };
  }
  const { catalogue } = snapshot;
  const target = findModel(catalogue, choice.served);
  // A model without a description: the provider knows best, and its refusal leads back to the asked one.
  if (target === null) return nameChanged(choice, index);
  const betas = betasAsked.of(headers);
  const sinceLast = promptSinceLast(ctx, body.length, pins);
  const input: AdaptInput = {
    bytes: body,
    index,
    headers: { anthropicVersion: toText(headers["anthropic-version"]), betas },
    requested: findModel(catalogue, choice.requested),
    target,
    catalogue,
    promptTokensEstimate: estimateByLength(ctx, body, sinceLast ?? estimatedTokens(body.length), target),
    promptTokensSinceLast: sinceLast,
    options: optionsOfRule(choice.ruleId, snapshot.ruleSet),
    endpoint: ctx.endpoint === "count_tokens" ? "count_tokens" : "messages",
    today: toUtcDay(ctx.startedAtMs),
  };
  const adapted = adaptMemory(catalogue).adapt(input);
  if (adapted.kind === "adapted") {
    const changes = {
      edits: choice.served === target.id ? adapted.edits : withTargetName(adapted.edits, index, choice.served),
      betas: adapted.betas.length === betas.length ? null : adapted.betas,
    };
    return { choice, changes, recorded: recordOfOverride(adapted.changes) };
  }
  const instead = skipped(ctx, choice, hazardReason(adapted.code), pins);
  return { choice: instead, changes: NOTHING, recorded: recordOfSkip(instead.reason) };
}

function nameChanged(choice: Choice, { modelSpan }: BodyIndex): Adapted {
  const changes = { edits: [modelEdit(modelSpan, choice.served, "served model")], betas: null };
  return { choice, changes, recorded: recordOfOverride([]) };
}

/**
 * Estimates the size of the prompt by the body's length, where that is enough. Null when the conversation has to be
 * read. Only encoded pictures and documents weigh far less than their bytes. Without any, a large body is not read for
 * them: reading it would hold up all other requests.
 */
function estimateByLength(
  { asked }: RequestContext,
  body: Buffer,
  tokens: number,
  { contextWindowSafe }: ModelEntry,
): number | null {
  if (contextWindowSafe === null) return null;
  const fits = tokens + (asked?.fields.maxTokens ?? 0) <= contextWindowSafe;
  return fits || !body.includes(ENCODED) ? tokens : null;
}

/** Marks every encoded picture or document; without its first quote, which a search would stop at too often. */
const ENCODED = 'base64"';

/** The last result per header block: requests with the same head drop the same betas. */
const builtFor = new WeakMap<HeaderBlock, { betas: readonly string[]; block: HeaderBlock }>();

/** The caller's betas without those of features that were left out. */
export function withBetas(headers: HeaderBlock, betas: readonly string[] | null): HeaderBlock {
  if (betas === null) return headers;
  const before = builtFor.get(headers);
  if (before?.betas === betas) return before.block;
  const { "anthropic-beta": _asked, ...rest } = headers.fields;
  const block = new HeaderBlock(betas.length === 0 ? rest : { ...rest, "anthropic-beta": betas.join(",") });
  builtFor.set(headers, { betas, block });
  return block;
}

/** The model name to send is the rule's, not another spelling of it. */
function withTargetName(edits: readonly Edit[], { modelSpan }: BodyIndex, served: string): readonly Edit[] {
  return edits.map((edit) =>
    edit.start === modelSpan.start && edit.end === modelSpan.end ? modelEdit(modelSpan, served, edit.why) : edit,
  );
}

const LISTS_MAX = 200;
const lists = new Map<string, readonly string[]>();

/** One shared list for equal requests: what is memoised for it holds for all of them. */
const betasAsked = new PerHead((headers): readonly string[] => {
  const text = toText(headers["anthropic-beta"]) ?? "";
  const known = lists.get(text);
  if (known !== undefined) return known;
  const names = text.split(",").map((beta) => trimOws(beta));
  const list = names.filter((beta) => beta !== "");
  if (lists.size >= LISTS_MAX) lists.clear();
  lists.set(text, list);
  return list;
});

function toText(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  return typeof header === "string" ? header : header.join(",");
}
