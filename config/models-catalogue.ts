import type { Capabilities, Catalogue, ModelEntry, ModelPrices, Sampling } from "#core/costs/catalogue.ts";
import type { CapabilitiesTable, ModelsFile, ModelTable } from "./models-schema.ts";
import { parseThousandths, toTokenPrices } from "./token-prices.ts";

/** Converts a checked `models.toml` to the types of core. */
export function toCatalogue(file: ModelsFile): Catalogue {
  return {
    priceVersion: file.price_version,
    organisationFactors: [],
    asOf: file.as_of,
    models: file.model.map(toModel),
    webSearchNanoUsd: parseThousandths(file.server_tools.web_search_usd_per_1000) * 1000n, // dollars per 1,000 = milli-dollars each
    tokenizerRatioMilli: Number(parseThousandths(file.tokenizer.new_tokens_per_old_token)),
    batchMilli: Number(parseThousandths(file.multipliers.batch)),
    cacheMultipliers: {
      write5mMilli: Number(parseThousandths(file.multipliers.cache_write_5m)),
      write1hMilli: Number(parseThousandths(file.multipliers.cache_write_1h)),
      readMilli: Number(parseThousandths(file.multipliers.cache_read)),
    },
    codeExecution: {
      nanoUsdPerHour: parseThousandths(file.server_tools.code_execution_usd_per_hour) * 1_000_000n,
      freeHours: file.server_tools.code_execution_free_hours,
      freeWithWebTools: file.server_tools.code_execution_free_with_web_tools,
    },
    colourTiers: {
      firstFrom: parseThousandths(file.colour_tiers.first_from),
      secondFrom: parseThousandths(file.colour_tiers.second_from),
    },
    versionRules: file.version_rules.map((rule) => ({
      anthropicVersionFrom: rule.anthropic_version_from,
      rejects: rule.rejects,
    })),
    clientAliases: file.client_aliases.map((client) => ({
      clientVersion: client.client_version,
      aliases: client.aliases,
    })),
    thinkingReaders: file.thinking_readers,
  };
}

function toModel(table: ModelTable): ModelEntry {
  const shape = table.client_shape;
  return {
    id: table.id,
    aliases: table.aliases,
    family: table.family,
    displayName: table.display_name,
    status: table.status,
    verified: table.verified,
    releasedAt: table.released_at ?? null,
    retiresAt: table.retires_at ?? null,
    retiredAt: table.retired_at ?? null,
    notBefore: table.not_before ?? null,
    maxOutputTokens: table.max_output_tokens ?? null,
    contextWindow: table.context_window ?? null,
    contextWindowSafe: table.context_window_safe ?? table.context_window ?? null,
    minCacheableTokens: table.min_cacheable_tokens ?? null,
    maxImagesOrPages: table.max_images_or_pages ?? null,
    prices: table.prices.map(toPeriod),
    own: null,
    fastMode: toFastMode(table),
    fastModeUnsupported: table.fast_mode ? null : (table.fast_mode_unsupported ?? "not_offered"),
    inferenceGeoUsMilli: table.inference_geo_us === undefined ? null : Number(parseThousandths(table.inference_geo_us)),
    capabilities: table.capabilities ? toCapabilities(table.capabilities) : null,
    clientShape: shape
      ? {
          maxTokens: shape.max_tokens,
          thinking: shape.thinking ?? null,
          thinkingBudget: shape.thinking_budget ?? null,
          effort: shape.effort ?? null,
          systemRoleMessage: shape.system_role_message,
          systemRoleMessageHasOutputConfig: shape.system_role_message_has_output_config ?? null,
        }
      : null,
    conflicts: table.conflicts,
  };
}

const toPeriod = (period: ModelTable["prices"][number]): ModelPrices => ({
  effectiveFrom: period.from ?? null,
  ...toTokenPrices(period),
  tiers: period.tiers
    .map((tier) => ({ promptTokensOver: tier.prompt_tokens_over, ...toTokenPrices(tier) }))
    .sort((a, b) => b.promptTokensOver - a.promptTokensOver),
});

function toFastMode(table: ModelTable): ModelEntry["fastMode"] {
  const fast = table.fast_mode;
  if (fast === undefined) return null;
  return {
    effectiveFrom: fast.from ?? null,
    effectiveUntil: fast.until ?? null,
    ...toTokenPrices(fast),
    betaHeaderRequired: fast.beta_header_required,
    betaHeaderNotNeededSince: fast.beta_header_not_needed_since ?? null,
    derived: fast.derived,
  };
}

function toCapabilities(table: CapabilitiesTable): Capabilities {
  return {
    thinking: table.thinking,
    thinkingDefault: table.thinking_default,
    thinkingDisabledMaxEffort: table.thinking_disabled_max_effort ?? null,
    betweenToolsMaxEffort: table.between_tools_max_effort ?? null,
    effort: table.effort,
    effortDefault: table.effort_default ?? null,
    sampling: toSampling(table.sampling),
    prefill: table.prefill,
    forcedToolChoice: table.forced_tool_choice,
    systemRoleMessages: table.system_role_messages ?? null,
    perMessageEffort: table.per_message_effort ?? null,
    safeguards: table.safeguards ?? null,
    tokenizer: table.tokenizer ?? null,
    structuredOutputs: table.structured_outputs ?? null,
    toolSearch: table.tool_search ?? null,
    taskBudget: table.task_budget ?? null,
    computerTool: table.computer_tool ?? null,
    fallbacks: table.fallbacks ?? null,
    zeroDataRetention: table.zero_data_retention ?? null,
    priorityTier: table.priority_tier ?? null,
    imageMaxPx: table.image_max_px ?? null,
    unverified: table.unverified,
    notes: table.notes,
  };
}

function toSampling(sampling: CapabilitiesTable["sampling"]): Sampling {
  if (sampling.mode !== "fixed_values") return { mode: sampling.mode };
  const { temperature = null, top_p: topP = null, top_k: topK = null } = sampling;
  return { mode: "fixed_values", temperature, topP, topK };
}
