import type { IncomingHttpHeaders } from "node:http";
import { hazardReason, recordOfOverride, recordOfSkip } from "#core/activity/recorded-edits.ts";
import type { ModelEntry } from "#core/costs/catalogue.ts";
import { findModel } from "#core/costs/model-key.ts";
import { toUtcDay } from "#core/costs/price-table.ts";
import { invariant } from "#core/invariant.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import { trimOws } from "#core/protocol/ows.ts";
import { type Edit, modelEdit } from "#core/protocol/splice.ts";
import type { AdaptInput } from "#core/rules/adapt/adaptation.ts";
import { adaptMemory } from "#core/rules/adapt-memory.ts";
import { PerHead } from "../http1/per-head.ts";
import { HeaderBlock } from "../http1/request-parts.ts";
import { optionsOfRule } from "../rules/rule-options.ts";
import type { Pins } from "../sessions/pins.ts";
import { promptSinceLast } from "../sessions/session-prompt.ts";
import type { RequestContext } from "./context.ts";
import { estimatedTokens, skipped } from "./decide.ts";

/** The changes needed for the served model; none when the asked one serves. */
export interface Changes {
  edits: readonly Edit[];
  /** The betas to send instead of the caller's; null: unchanged. */
  betas: readonly string[] | null;
}

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
): Changes {
  const { choice, snapshot } = ctx;
  invariant(choice !== null && snapshot !== null, "adapt comes after choose");
  if (choice.served === choice.requested) {
    // A session that was skipped once stays so; each of its requests records the reason.
    if (choice.kind === "skipped") ctx.edits = recordOfSkip(choice.reason);
    return NOTHING;
  }
  const { catalogue } = snapshot;
  const target = findModel(catalogue, choice.served);
  // A model without a description: the provider knows best, and its refusal leads back to the asked one.
  if (target === null) return nameChanged(ctx, index, choice.served);
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
    ctx.edits = recordOfOverride(adapted.changes);
    return {
      edits: choice.served === target.id ? adapted.edits : withTargetName(adapted.edits, index, choice.served),
      betas: adapted.betas.length === betas.length ? null : adapted.betas,
    };
  }
  ctx.choice = skipped(ctx, hazardReason(adapted.code), pins);
  ctx.edits = recordOfSkip(ctx.choice.reason);
  return NOTHING;
}

function nameChanged(ctx: RequestContext, { modelSpan }: BodyIndex, served: string): Changes {
  ctx.edits = recordOfOverride([]);
  return { edits: [modelEdit(modelSpan, served, "served model")], betas: null };
}

/**
 * The estimated size of the prompt where the body's length is enough for it; null when the conversation has to be read.
 * Only encoded pictures and documents weigh far less than their bytes: without any, a large body is not read for them,
 * which would hold up all other requests.
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
