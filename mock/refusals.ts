import type { IncomingHttpHeaders } from "node:http";
import type { Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import { CHECK_ORDER, type CheckedRequest, type Refusal as HazardRefusal } from "#core/rules/hazards/refusal.ts";
import { HAZARDS } from "#core/rules/hazards/registry.ts";
import { isRecord, type Json, list, text } from "#core/untyped-json.ts";
import { unknownBeta } from "./betas.ts";
import { badRequest, type Refusal } from "./errors.ts";
import { unknownCapabilities } from "./sentinel-model.ts";

interface Asked {
  body: Json;
  raw: Buffer;
  model: ModelEntry;
  headers: IncomingHttpHeaders;
  promptTokens: number;
  catalogue: Catalogue;
  /** Counting tokens asks for the shape of a request, not for room for an answer. */
  isCount?: boolean;
}

/**
 * What the model would answer with 400, in the provider's words; the first reason wins. Null: it takes the request. What
 * only some models refuse is said by the hazards of `core/rules/hazards/`, what all of them refuse by this file.
 */
export function refusalFor(asked: Asked): Refusal | null {
  const { body, headers, raw, model, isCount = false } = asked;
  const request: CheckedRequest = {
    ...asked,
    isCount,
    contains: (part) => raw.includes(part),
    anthropicVersion: text(headers["anthropic-version"]),
    can: model.capabilities ?? unknownCapabilities,
  };
  const first = unknownBeta(headers) ?? (isCount ? null : requiredFields(body));
  const message = first ?? findFirst(CHECK_ORDER, (part) => checkPart(part, request));
  return message === null ? null : badRequest(message);
}

const HAZARD_REFUSALS: readonly HazardRefusal[] = HAZARDS.flatMap(({ refusals }) =>
  "none" in refusals ? [] : refusals,
);

function checkPart(part: HazardRefusal["at"], request: CheckedRequest): string | null {
  const { body } = request;
  if (part === "each message")
    return findFirst(list(body.messages), (message, index) => checkMessage(message, `messages.${index}`, request));
  if (part === "each tool")
    return findFirst(list(body.tools), (tool, index) => checkTool(tool, `tools.${index}`, request));
  return findFirst(HAZARD_REFUSALS, (refusal) => {
    if (refusal.at === "each message" || refusal.at === "each tool" || refusal.at !== part) return null;
    return refusal.refuse(request);
  });
}

function checkMessage(message: unknown, path: string, request: CheckedRequest): string | null {
  if (!isRecord(message)) return `${path}: Input should be an object`;
  if (message.role !== "user" && message.role !== "assistant" && message.role !== "system")
    return `${path}.role: Input should be 'user' or 'assistant'`;
  const refused = findFirst(HAZARD_REFUSALS, (refusal) =>
    refusal.at === "each message" ? refusal.refuse(message, path, request) : null,
  );
  return refused ?? (message.role === "system" ? null : foreignBlock(message, path, request));
}

function checkTool(tool: unknown, path: string, request: CheckedRequest): string | null {
  if (!isRecord(tool)) return `${path}: Input should be an object`;
  return findFirst(HAZARD_REFUSALS, (refusal) =>
    refusal.at === "each tool" ? refusal.refuse(tool, path, request) : null,
  );
}

/** Returns the first message that a check finds. */
function findFirst<Item>(items: readonly Item[], check: (item: Item, index: number) => string | null): string | null {
  for (const [index, item] of items.entries()) {
    const message = check(item, index);
    if (message !== null) return message;
  }
  return null;
}

function requiredFields(body: Json): string | null {
  if (!Array.isArray(body.messages)) return "messages: Field required";
  if (body.messages.length === 0) return "messages: at least one message is required";
  if (body.max_tokens === undefined) return "max_tokens: Field required";
  return Number.isInteger(body.max_tokens) ? null : "max_tokens: Input should be a valid integer";
}

/** A signature that names a model stands for a conversation bound to it, as some accounts' are. */
function foreignBlock(message: Json, path: string, { model }: CheckedRequest): string | null {
  for (const [index, block] of list(message.content).entries()) {
    if (!isRecord(block)) continue;
    if (block.type === "thinking" && text(block.signature).includes("tampered"))
      return `${path}.content.${index}: Invalid \`signature\` in \`thinking\` block`;
    const boundTo = block.type === "thinking" ? /only-(claude-[a-z0-9-]+)/.exec(text(block.signature))?.[1] : undefined;
    if (boundTo !== undefined && boundTo !== model.id)
      return `${path}.content.${index}: \`thinking\` block is bound to another conversation`;
    if (block.type === "text" && block.text === "") return `messages: text content blocks must be non-empty`;
  }
  return null;
}
