import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { loadCatalogue } from "#config/models-toml.ts";
import type { ModelEntry } from "#core/costs/catalogue.ts";
import { findModel } from "#core/costs/model-key.ts";
import { indexBody } from "#core/json-index/body-index.ts";
import { joined, splice } from "#core/protocol/splice.ts";
import type { Adaptation, AdaptInput } from "#core/rules/adapt/adaptation.ts";
import { adapt } from "#core/rules/adapt.ts";

export type Json = Record<string, unknown>;

/** A recorded request of a real client, its prose shortened. */
export interface WireRequest {
  client: string;
  url: string;
  anthropicVersion: string;
  anthropicBeta: string | null;
  body: Json;
}

export interface Adapted {
  outcome: Adaptation;
  /** The body as it would be sent; null when the override is skipped. */
  text: string | null;
  body: Json;
  codes: string[];
  betas: readonly string[];
  /** "adapted", or the code of the skip. */
  verdict: string;
}

export const catalogue = loadCatalogue();

export const wire = (name: string): WireRequest =>
  JSON.parse(readFileSync(new URL(`../fixtures/wire/${name}.json`, import.meta.url), "utf8")) as WireRequest;

export const listBetas = (request: WireRequest): string[] => request.anthropicBeta?.split(",") ?? [];

/** "haiku-4-5" -> its catalogue entry. */
export function model(name: string): ModelEntry {
  const found = findModel(catalogue, `claude-${name}`);
  if (found === null) throw new Error(`no model ${name}`);
  return found;
}

export interface Options {
  betas?: readonly string[];
  version?: string | null;
  tokens?: number;
  endpoint?: AdaptInput["endpoint"];
  target?: ModelEntry;
  today?: string;
}

/** A body on its way to another model, read, adapted and spliced as the proxy does it. */
export function adaptedTo(to: string, body: Json | string, options: Options = {}): Adapted {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const bytes = new TextEncoder().encode(text);
  const index = indexBody(bytes, isUtf8);
  if (!index.ok) throw new Error(index.error.message);
  const outcome = adapt({
    bytes,
    index: index.value,
    headers: { anthropicVersion: options.version ?? "2023-06-01", betas: options.betas ?? [] },
    requested: findModel(catalogue, index.value.model),
    target: options.target ?? model(to),
    catalogue,
    promptTokensEstimate: options.tokens ?? null,
    endpoint: options.endpoint ?? "messages",
    today: options.today,
  });
  if (outcome.kind === "skip") return { outcome, text: null, body: {}, codes: [], betas: [], verdict: outcome.code };
  const sent = new TextDecoder().decode(joined(splice(bytes, outcome.edits)));
  const codes = outcome.changes.map((change) => change.code);
  return { outcome, text: sent, body: JSON.parse(sent) as Json, codes, betas: outcome.betas, verdict: "adapted" };
}

/** The model with one of its capabilities unknown, or other. */
export function modelWith(name: string, changes: Partial<NonNullable<ModelEntry["capabilities"]>>): ModelEntry {
  const entry = model(name);
  if (entry.capabilities === null) throw new Error(`${name} has no capabilities`);
  return { ...entry, capabilities: { ...entry.capabilities, ...changes } };
}
