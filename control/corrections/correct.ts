import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import type { CorrectionView } from "#core/costs/correction-view.ts";
import { AppError } from "#core/errors.ts";
import { formatCounted } from "#core/report/plural.ts";
import { parseRange, type TimeRange } from "#core/time/range.ts";
import {
  type CorrectionHead,
  type CorrectionRow,
  insertCorrection,
  latestCorrectionNumber,
  listCorrections,
  readCorrectionRows,
  sumCorrectionCosts,
} from "#store/corrections.ts";
import { countWithoutEvents } from "#store/opening-balance.ts";
import { latestPriceNumber } from "#store/price-versions.ts";
import { bumpRevision } from "#store/revision.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { toDays } from "../activity/series.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { currentPrices } from "../prices/price-catalogue.ts";
import { reportingZone } from "../settings/read.ts";
import { correctInput, previewCorrectionInput, undoCorrectionInput } from "./fields.ts";
import { type PricedAgain, priceSpanAgain, selectModels } from "./price-again.ts";
import { toSpan } from "./span.ts";
import { correctionView, formatDays } from "./view.ts";

/** Costs before and after, in nano-dollars as text, and the requests in neither. */
interface CostChange {
  beforeNanoUsd: string;
  afterNanoUsd: string;
  unpricedBefore: number;
  unpricedAfter: number;
}

export interface CorrectionPreview {
  label: string;
  /** Days as `2026-10-01`; the second is not included. */
  fromDay: string;
  toDay: string;
  zone: string;
  priceVersion: string;
  requests: number;
  /** Whether applying it would change anything. */
  isChange: boolean;
  metered: CostChange;
  /** Plan value of subscription traffic, never spend. */
  plan: CostChange;
  /** Of metered requests, by the model that served: those whose cost changes, the largest change first. */
  models: (CostChange & { model: string })[];
}

/** Says what pricing a period again at the prices in force would change. Nothing is written. */
export async function previewCorrection(actor: Actor, input: unknown, deps: ControlDeps): Promise<CorrectionPreview> {
  requirePermission(actor, "costs.correct");
  return toPreview(await computeCorrection(parseInput(previewCorrectionInput, input), deps));
}

/**
 * Prices a period again at the prices in force, and writes what that changes beside the books. Events keep their amounts. Null where it changes nothing. Refused where requests of the period are not held, and when corrections or prices changed
 * meanwhile.
 */
export async function correctCosts(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ correction: CorrectionView | null }> {
  requirePermission(actor, "costs.correct");
  const { comment, ...wanted } = parseInput(correctInput, input);
  const [newest, prices] = await Promise.all([latestCorrectionNumber(deps.db), latestPriceNumber(deps.db)]);
  const computed = await computeCorrection(wanted, deps);
  const { range, again, catalogue } = computed;
  if (again.rows.length === 0) return { correction: null };
  const head = {
    ...toZonedDays(range),
    ...toSpan(range),
    kind: "reprice",
    models: wanted.models,
    priceVersion: catalogue.priceVersion,
    undoes: null,
    requests: again.requests,
    comment,
  } as const;
  return write(actor, head, again.rows, { newest, prices }, deps);
}

/**
 * Takes a correction back, by another one. Refused for one that is taken back already, and where a later one of the same days
 * stands: that was computed over this one.
 */
export async function undoCorrection(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ correction: CorrectionView | null }> {
  requirePermission(actor, "costs.correct");
  const { number, comment } = parseInput(undoCorrectionInput, input);
  const [newest, prices] = await Promise.all([latestCorrectionNumber(deps.db), latestPriceNumber(deps.db)]);
  const all = await listCorrections(deps.db);
  const own = all.find((head) => head.number === number);
  if (own === undefined) throw new AppError("not-found", { number }, `There is no correction ${number}.`);
  requireUndoable(own, all);
  const rows = (await readCorrectionRows(deps.db, number)).map(negate);
  const { fromS, toS, fromDay, toDay, zone, models, priceVersion, requests } = own;
  const head = { fromS, toS, fromDay, toDay, zone, models, priceVersion, requests, comment };
  return write(actor, { ...head, kind: "undo", undoes: number }, rows, { newest, prices }, deps);
}

function requireUndoable(own: CorrectionHead, all: readonly CorrectionHead[]): void {
  const { number } = own;
  if (own.kind === "undo")
    throw new AppError(
      "corrections.not-last",
      { number },
      `Correction ${number} takes one back. Price the period again.`,
    );
  if (own.undoneBy !== null)
    throw new AppError("corrections.not-last", { number }, `Correction ${own.undoneBy} has taken it back already.`);
  const later = all.findLast(
    (head) =>
      head.number > number &&
      head.kind === "reprice" &&
      head.undoneBy === null &&
      head.fromS < own.toS &&
      head.toS > own.fromS,
  );
  if (later !== undefined) throw new AppError("corrections.not-last", { number, later: later.number });
}

function negate(row: CorrectionRow): CorrectionRow {
  const changes = Object.entries(row.changes).map(([name, amount]) => [name, -amount]);
  return {
    ...row,
    oldNanoUsd: row.newNanoUsd,
    newNanoUsd: row.oldNanoUsd,
    changes: Object.fromEntries(changes) as CorrectionRow["changes"],
  };
}

interface Computed {
  range: TimeRange;
  catalogue: Catalogue;
  again: PricedAgain;
}

async function computeCorrection(
  { range: text, models }: { range: string; models: string[] },
  deps: ControlDeps,
): Promise<Computed> {
  const range = parseRange(text, await reportingZone(deps), deps.now().getTime());
  const span = toSpan(range);
  const absent = (await countWithoutEvents(deps.db, span)).filter(selectModels(models));
  if (absent.length > 0) {
    const requests = absent.reduce((sum, row) => sum + row.requests, 0);
    const last = new Date(Math.max(...absent.map(({ lastS }) => lastS)) * 1000).toISOString().slice(0, 10);
    const details = { requests, until: last };
    const text = `${formatCounted(requests, "request")} of this period, the last on ${last} (UTC), are archived or came with a backup without them: they cannot be priced again. Choose later days.`;
    throw new AppError("corrections.not-held", details, text);
  }
  const catalogue = await currentPrices(deps);
  return { range, catalogue, again: await priceSpanAgain(deps.db, { ...span, models }, catalogue) };
}

const toZonedDays = (range: TimeRange) => ({ ...toDays(range), zone: range.zone });

type NewHead = Omit<CorrectionHead, "number" | "undoneBy" | "actorId" | "actorName" | "tokenName" | "at">;

/** Writes a correction with its audit entry, unless another one or other prices came in between. */
async function write(
  actor: Actor,
  head: NewHead,
  rows: readonly CorrectionRow[],
  { newest, prices }: { newest: number; prices: number | null },
  deps: ControlDeps,
): Promise<{ correction: CorrectionView }> {
  // Pricing takes seconds: who asked for it is checked again before it is written.
  await mutate(actor, deps, async () => {});
  const at = deps.now();
  const connection = await deps.openSql();
  try {
    const written = await inControlTransaction(connection, async () => {
      await bumpRevision(connection);
      const current = await latestCorrectionNumber(connection);
      if (current !== newest || (await latestPriceNumber(connection)) !== prices)
        throw new AppError("changed-meanwhile", { current, basedOn: newest });
      const by = {
        actorId: actor.id,
        actorName: actor.name,
        tokenName: actor.kind === "person" ? (actor.token?.name ?? null) : null,
      };
      const added = await insertCorrection(connection, { ...head, ...by, at }, rows);
      const view = correctionView(added, await sumCorrectionCosts(connection));
      const after = {
        correction: added.number,
        days: formatDays(head),
        ...(head.models.length === 0 ? {} : { models: head.models }),
        ...(head.undoes === null ? { prices: head.priceVersion, requests: head.requests } : { undoes: head.undoes }),
        changeNanoUsd: view.changeNanoUsd,
        planChangeNanoUsd: view.planChangeNanoUsd,
        comment: head.comment,
      };
      const object = { kind: "correction", id: String(added.number) };
      const action = head.kind === "undo" ? "costs.undo-correction" : "costs.correct";
      await recordAudit(connection, actor, { action, object, after }, at);
      return view;
    });
    return { correction: written };
  } finally {
    await connection.close();
  }
}

function toPreview({ range, catalogue, again }: Computed): CorrectionPreview {
  const days = toZonedDays(range);
  const models = [...again.models]
    .filter(([, { beforeNanoUsd, afterNanoUsd }]) => beforeNanoUsd !== afterNanoUsd)
    .sort(([, one], [, other]) => (size(one) < size(other) ? 1 : -1));
  return {
    ...days,
    label: formatDays(days),
    priceVersion: catalogue.priceVersion,
    requests: again.requests,
    isChange: again.rows.length > 0,
    metered: toCostChange(again.metered),
    plan: toCostChange(again.plan),
    models: models.map(([model, change]) => ({ model, ...toCostChange(change) })),
  };
}

type Change = PricedAgain["metered"];

const size = ({ beforeNanoUsd, afterNanoUsd }: Change): bigint =>
  afterNanoUsd > beforeNanoUsd ? afterNanoUsd - beforeNanoUsd : beforeNanoUsd - afterNanoUsd;

const toCostChange = (change: Change): CostChange => ({
  beforeNanoUsd: change.beforeNanoUsd.toString(),
  afterNanoUsd: change.afterNanoUsd.toString(),
  unpricedBefore: Number(change.unpricedBefore),
  unpricedAfter: Number(change.unpricedAfter),
});
