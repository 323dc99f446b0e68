import type { Catalogue, ModelEntry } from "#core/costs/catalogue.ts";

/** `GET /v1/models`: every model that is not retired, paged as the provider pages. */
export function modelsPage(catalogue: Catalogue, query: URLSearchParams) {
  const all = catalogue.models.filter((model) => model.status !== "retired").map(shownModel);
  const limit = Math.min(1000, Math.max(1, Number(query.get("limit")) || 20));
  const after = query.get("after_id");
  const start = after === null ? 0 : all.findIndex((model) => model.id === after) + 1;
  const data = all.slice(start, start + limit);
  return {
    data,
    has_more: start + limit < all.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

/** The provider's own spellings only: an id or one of its undotted aliases; retired models are gone. */
export function servedModel(catalogue: Catalogue, asked: string): ModelEntry | null {
  const found = catalogue.models.find((model) => model.id === asked || model.aliases.includes(asked));
  return found === undefined || found.status === "retired" ? null : found;
}

/** One model as the provider's `/v1/models` lists it. */
export function shownModel(model: ModelEntry) {
  return {
    type: "model",
    id: model.id,
    display_name: model.displayName,
    created_at: `${model.releasedAt ?? "2025-01-01"}T00:00:00Z`,
    max_input_tokens: model.contextWindow,
    max_tokens: model.maxOutputTokens,
    retires_at: model.retiresAt === null ? null : `${model.retiresAt}T00:00:00Z`,
    capabilities: {
      thinking: { types: { adaptive: { supported: model.capabilities?.thinking.includes("adaptive") ?? false } } },
      effort: { supported: (model.capabilities?.effort.length ?? 0) > 0 },
    },
  };
}
