import { type PriceProblem, parsePricesToml } from "#config/prices-toml.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { applyOwnPrices } from "#core/costs/own-prices.ts";
import { listPriceChanges, type PriceChange } from "#core/costs/price-timeline.ts";
import { toUtcDay } from "#core/time/utc-day.ts";
import { latestPrices } from "#store/price-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { type ChangeView, toChangeView } from "./change-view.ts";
import { previewPricesInput } from "./fields.ts";
import { currentPrices } from "./price-catalogue.ts";
import { type PastCost, priceThePast } from "./price-the-past.ts";

export interface PricesPreview {
  /** Errors by line and field; with any, nothing else is known. */
  problems: PriceProblem[];
  /** What costs something else, by model and days. */
  changes: ChangeView[];
  /** What the last 30 days would have cost; null where nothing changes. */
  past: PastCost | null;
}

/** Says what a text of prices would change, without saving it. */
export async function previewPrices(actor: Actor, input: unknown, deps: ControlDeps): Promise<PricesPreview> {
  requirePermission(actor, "prices.read");
  const { toml } = parseInput(previewPricesInput, input);
  const parsed = parsePricesToml(toml);
  if (!parsed.ok) return { problems: [...parsed.problems], changes: [], past: null };
  const before = await currentPrices(deps);
  const number = ((await latestPrices(deps.db))?.number ?? 0) + 1;
  const after = applyOwnPrices(deps.config.catalogue, { number, prices: parsed.prices });
  const changes = listPriceChanges(before, after);
  if (changes.length === 0) return { problems: [], changes: [], past: null };
  const throughoutDay = findLastChange(changes, toUtcDay(deps.now().getTime()));
  const past = await priceThePast({ before, after, throughoutDay }, deps);
  return { problems: [], changes: changes.map(toChangeView), past };
}

/** The first day on which every change that begins has begun: the later of today and the last of them. */
const findLastChange = (changes: readonly PriceChange[], today: string): string =>
  changes.reduce((last, { from }) => (from !== null && from > last ? from : last), today);
