import { formatPriceProblem, parsePricesToml } from "#config/prices-toml.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { listPriceChanges } from "#core/costs/price-timeline.ts";
import { AppError } from "#core/errors.ts";
import { hashToml } from "#store/hashes.ts";
import { insertPriceVersion, latestPrices, type PriceVersionRow, priceVersion } from "#store/price-versions.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { formatChange } from "./change-view.ts";
import { rollBackPricesInput, savePricesInput } from "./fields.ts";
import { buildBookOrNull, currentPrices } from "./price-catalogue.ts";
import { type PriceVersionView, priceVersionView } from "./version-view.ts";

/** Maximum number of changes in the audit log; further ones are counted. */
const AUDITED_MAX = 40;

/**
 * Saves a text of own prices as the next version. Every request that begins from now on is priced with it. Refused, with
 * nothing changed: a text with errors (`prices.invalid` names line and field of each), a base that is not in force
 * any more, a text that changes nothing, and every change while a file holds the prices.
 */
export async function savePrices(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ version: PriceVersionView }> {
  requirePermission(actor, "prices.change");
  const { toml, comment, basedOn } = parseInput(savePricesInput, input);
  requireNoFile(deps);
  requireValid(toml);
  return addVersion(actor, { toml, comment, basedOn, action: "prices.change", rolledBackTo: null }, deps);
}

/** Saves the content of an old version under a new number. */
export async function rollBackPrices(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ version: PriceVersionView }> {
  requirePermission(actor, "prices.change");
  const { to, basedOn, comment } = parseInput(rollBackPricesInput, input);
  requireNoFile(deps);
  const old = await priceVersion(deps.db, to);
  if (old === null) throw new AppError("not-found", { version: to }, `There are no prices v${to}.`);
  const content = { toml: old.toml, comment: comment || `Roll back to v${to}`, rolledBackTo: to };
  return addVersion(actor, { ...content, basedOn, action: "prices.roll-back" }, deps);
}

function requireNoFile({ config }: ControlDeps): void {
  if (config.pricesFile) throw new AppError("prices.file-read-only");
}

function requireValid(toml: string): void {
  const parsed = parsePricesToml(toml);
  if (parsed.ok) return;
  const [first] = parsed.problems;
  const text = first && formatPriceProblem("prices.toml", first);
  throw new AppError("prices.invalid", { problems: parsed.problems }, text);
}

interface NewVersion {
  toml: string;
  comment: string;
  basedOn: number | null | undefined;
  action: "prices.change" | "prices.roll-back";
  rolledBackTo: number | null;
}

async function addVersion(
  actor: Actor,
  { toml, comment, basedOn, action, rolledBackTo }: NewVersion,
  deps: ControlDeps,
): Promise<{ version: PriceVersionView }> {
  // Read first: a query beside the transaction would wait for it, and it for the query.
  const before = await currentPrices(deps);
  const row = await mutate(actor, deps, async (tx, at): Promise<PriceVersionRow> => {
    const latest = await latestPrices(tx);
    const current = latest?.number ?? null;
    if (basedOn !== undefined && basedOn !== current) throw new AppError("changed-meanwhile", { current, basedOn });
    if (latest?.tomlHash === hashToml(toml)) throw new AppError("prices.unchanged", { current });
    const added = await insertPriceVersion(tx, {
      toml,
      comment,
      source: actor.via,
      actorId: actor.id,
      actorName: actor.name,
      tokenName: actor.kind === "person" ? (actor.token?.name ?? null) : null,
      basedOn: current,
      rolledBackTo,
      savedAt: at,
    });
    const list = deps.config.catalogue;
    const changes = listPriceChanges(before, buildBookOrNull(list, added) ?? list);
    const after = {
      version: added.number,
      comment,
      ...(rolledBackTo === null ? {} : { rolledBackTo }),
      changes: changes.slice(0, AUDITED_MAX).map(formatChange),
      ...(changes.length > AUDITED_MAX ? { moreChanges: changes.length - AUDITED_MAX } : {}),
    };
    const object = { kind: "prices", id: String(added.number) };
    const replaced = current === null ? null : { version: current };
    await recordAudit(tx, actor, { action, object, before: replaced, after }, at);
    return added;
  });
  return { version: priceVersionView(row) };
}
