import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { listPriceChanges } from "#core/costs/price-timeline.ts";
import { AppError } from "#core/errors.ts";
import { latestPriceNumber, listPriceVersions, priceVersion } from "#store/price-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { versionField } from "../rules/fields.ts";
import { type ChangeView, toChangeView } from "./change-view.ts";
import { buildBookOrNull } from "./price-catalogue.ts";
import { type PriceVersionView, priceVersionView } from "./version-view.ts";

export const listPriceVersionsInput = z.strictObject({
  /** Only versions below this number: the last one of the previous page. */
  before: z.coerce.number().pipe(versionField).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface PriceVersionPage {
  versions: PriceVersionView[];
  /** Value of `before` for the next page; null at the end. */
  next: number | null;
}

/** Lists the versions of the own prices, newest first. All are kept. */
export async function listPricesHistory(actor: Actor, input: unknown, deps: ControlDeps): Promise<PriceVersionPage> {
  requirePermission(actor, "prices.read");
  const { before, limit } = parseInput(listPriceVersionsInput, input);
  const rows = await listPriceVersions(deps.db, { ...(before ? { before } : {}), take: limit + 1 });
  const versions = rows.slice(0, limit).map(priceVersionView);
  return { versions, next: rows.length > limit ? (versions.at(-1)?.number ?? null) : null };
}

export interface PriceVersionDetail extends PriceVersionView {
  toml: string;
  /** Text of the version it followed; empty for the first. */
  previousToml: string;
  isInForce: boolean;
  /** What it changed against the version it followed. */
  changes: ChangeView[];
}

/** Shows one version with its text, and what it changed. */
export async function showPriceVersion(actor: Actor, number: number, deps: ControlDeps): Promise<PriceVersionDetail> {
  requirePermission(actor, "prices.read");
  const row = await priceVersion(deps.db, number);
  if (row === null) throw new AppError("not-found", { version: number }, `There are no prices v${number}.`);
  const previous = row.basedOn === null ? null : await priceVersion(deps.db, row.basedOn);
  const list = deps.config.catalogue;
  const before = buildBookOrNull(list, previous) ?? list;
  const changes = listPriceChanges(before, buildBookOrNull(list, row) ?? before);
  return {
    ...priceVersionView(row),
    toml: row.toml,
    previousToml: previous?.toml ?? "",
    isInForce: row.number === (await latestPriceNumber(deps.db)),
    changes: changes.map(toChangeView),
  };
}
