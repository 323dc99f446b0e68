import { readPricesFile } from "#config/prices-file.ts";
import { findPriceTables, type PriceTableView } from "#config/prices-tables.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import { findTier } from "#core/costs/model-key.ts";
import { findPriceSpan, listPriceSpans, type Speed } from "#core/costs/price-timeline.ts";
import { toUtcDay } from "#core/time/utc-day.ts";
import { latestPrices, priceVersion } from "#store/price-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { type SpanView, toSpanView } from "./change-view.ts";
import { currentPrices } from "./price-catalogue.ts";
import { type PriceVersionView, priceVersionView } from "./version-view.ts";

/** One model at one speed. */
export interface PriceRow {
  model: string;
  displayName: string;
  speed: Speed;
  tier: 1 | 2 | 3 | null;
  status: ModelEntry["status"] | "own";
  /** The list price today; its `paid` is null where the list has none. */
  list: SpanView;
  /** What is in force today. */
  today: SpanView;
  /** All of its prices, oldest first. */
  spans: SpanView[];
  /** What sources say differently, in words. */
  notes: string[];
}

export interface PricesView {
  /** Version that requests are priced with now. */
  priceVersion: string;
  /** Version of the list alone. */
  listVersion: string;
  today: string;
  /** The version in force; null: list prices only. */
  version: PriceVersionView | null;
  toml: string;
  /** Own prices, discounts and multipliers as the text has them. */
  tables: PriceTableView[];
  rows: PriceRow[];
  /** Set where a file holds the prices; `problem` is one line while it cannot be read. */
  file: { path: string; problem: string | null } | null;
}

/** Lists each model with its list price, what is paid today, and everything that is known of other days. */
export async function readPrices(actor: Actor, deps: ControlDeps): Promise<PricesView> {
  requirePermission(actor, "prices.read");
  const list = deps.config.catalogue;
  const [catalogue, latest] = await Promise.all([currentPrices(deps), latestPrices(deps.db)]);
  const row = latest && (await priceVersion(deps.db, latest.number));
  const today = toUtcDay(deps.now().getTime());
  const { pricesFile = null } = deps.config;
  const read = pricesFile === null ? null : readPricesFile(pricesFile);
  return {
    priceVersion: catalogue.priceVersion,
    listVersion: list.priceVersion,
    today,
    version: row && priceVersionView(row),
    toml: latest?.toml ?? "",
    tables: findPriceTables(latest?.toml ?? ""),
    rows: listRows(catalogue, list, today),
    file: pricesFile === null ? null : { path: pricesFile, problem: read === null || read.ok ? null : read.problem },
  };
}

function listRows(catalogue: Catalogue, list: Catalogue, today: string): PriceRow[] {
  const listed = new Map(list.models.map((model) => [model.id, model]));
  return catalogue.models.flatMap((model) =>
    (["standard", "fast"] as const).flatMap((speed): PriceRow[] => {
      const spans = listPriceSpans(model, speed, catalogue);
      const plain = listed.get(model.id);
      const notes = speed === "standard" ? model.conflicts.filter(isAboutPrices) : clientNotes(model);
      // Without fast mode there is nothing to say of it, unless the client's own table says otherwise.
      if (speed === "fast" && spans.length === 0 && notes.length === 0) return [];
      const alone = plain ?? { ...model, prices: [], own: null, fastMode: null };
      return [
        {
          model: model.id,
          displayName: model.displayName,
          speed,
          tier: findTier(catalogue, model.id),
          status: plain === undefined ? "own" : model.status,
          list: toSpanView(findPriceSpan(alone, speed, today, list)),
          today: toSpanView(findPriceSpan(model, speed, today, catalogue)),
          spans: spans.map(toSpanView),
          notes,
        },
      ];
    }),
  );
}

const isAboutPrices = (note: string): boolean => /\bprice|cache read/i.test(note);

/** What Claude Code's own price table says about fast mode where the provider has none. */
function clientNotes(model: ModelEntry): string[] {
  if (model.fastModeUnsupported === "ignored") {
    return [
      "Claude Code’s own table has a fast price for this model. The provider ignores the switch: such answers are ordinary ones, and are priced so.",
    ];
  }
  if (model.fastModeUnsupported === "rejected") {
    return [
      "Claude Code’s own table has a fast price for this model. The provider refuses the switch, so there is no such answer to price.",
    ];
  }
  return [];
}
