import * as z from "zod";
import { correctCosts, previewCorrection, undoCorrection } from "#control/corrections/correct.ts";
import { readCorrections } from "#control/corrections/list.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatMoney, formatMoneyChange } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { isDay } from "#core/time/instant.ts";
import type { Parsed } from "./arguments.ts";
import type { Ask } from "./ask.ts";
import { CliError } from "./cli-error.ts";

type PricesVerb = (parsed: Parsed, args: readonly string[], ask: Ask) => Promise<void>;

const nano = z.string().regex(/^-?\d+$/);
const changeShape = z.object({
  beforeNanoUsd: nano,
  afterNanoUsd: nano,
  unpricedBefore: z.number(),
  unpricedAfter: z.number(),
});
const previewShape = z.object({
  label: z.string(),
  fromDay: z.string(),
  toDay: z.string(),
  zone: z.string(),
  priceVersion: z.string(),
  requests: z.number(),
  isChange: z.boolean(),
  metered: changeShape,
  plan: changeShape,
  models: z.array(changeShape.extend({ model: z.string() })),
});
/** A correction as the API has it. */
export const correctionShape = z.object({
  number: z.int(),
  kind: z.enum(["reprice", "undo"]),
  fromDay: z.string(),
  toDay: z.string(),
  label: z.string(),
  zone: z.string(),
  models: z.array(z.string()),
  priceVersion: z.string(),
  undoes: z.int().nullable(),
  undoneBy: z.int().nullable(),
  requests: z.number(),
  changeNanoUsd: nano,
  planChangeNanoUsd: nano,
  comment: z.string(),
  actorName: z.string(),
  tokenName: z.string().nullable(),
  at: z.string(),
});
const writtenShape = z.object({ correction: correctionShape.nullable() });
const listShape = z.object({ corrections: z.array(correctionShape) });

/** Prices a period again, or says what that would change. */
export const reprice: PricesVerb = async ({ output, flag, text }, _args, ask) => {
  const [from, to] = [text("from"), text("to")];
  if (from === null || to === null) throw new CliError(exitCodes.usage, "--from and --to say which days");
  for (const [name, day] of [
    ["from", from],
    ["to", to],
  ] as const)
    if (!isDay(day)) throw new CliError(exitCodes.usage, `--${name} ${day} is not a day`, "such as 2026-10-01");
  const models = (text("models") ?? "")
    .split(",")
    .map((model) => model.trim())
    .filter((model) => model !== "");
  const wanted = { range: `${from}..${to}`, models };
  if (flag("dry-run")) {
    const preview = await ask<z.output<typeof previewShape>>({
      method: "POST",
      path: "/api/corrections/preview",
      body: wanted,
      shape: previewShape,
      local: (actor, deps) => previewCorrection(actor, wanted, deps),
    });
    if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...preview }));
    for (const { model, ...change } of preview.models) output.data(`${model || "no model"}\t${formatChange(change)}`);
    output.data(`total\t${formatChange(preview.metered)}`);
    if (preview.plan.beforeNanoUsd !== preview.plan.afterNanoUsd)
      output.data(`plan value\t${formatChange(preview.plan)}`);
    const { requests, label, priceVersion } = preview;
    output.note(`${formatCounted(requests, "request")} of ${label}, at prices ${priceVersion}`);
    output.note(preview.isChange ? "Nothing was written: leave out --dry-run to do so." : "Nothing would change.");
    return;
  }
  const input = { ...wanted, comment: text("message") ?? "" };
  const { correction } = await ask<z.output<typeof writtenShape>>({
    method: "POST",
    path: "/api/corrections",
    body: input,
    shape: writtenShape,
    local: (actor, deps) => correctCosts(actor, input, deps),
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, correction }));
  if (correction === null) return output.note("Nothing changes: all of it costs what the prices in force say.");
  output.data(formatCorrection(correction));
  output.note("Every page and report counts it; cco prices undo takes it back.");
};

/** Takes a correction back. */
export const undo: PricesVerb = async ({ output, flag, text }, [number], ask) => {
  if (number === undefined || !/^[1-9]\d{0,8}$/.test(number))
    throw new CliError(exitCodes.usage, "name the number of the correction", "cco prices corrections lists them");
  const input = { number: Number(number), comment: text("message") ?? "" };
  const { correction } = await ask<z.output<typeof writtenShape>>({
    method: "POST",
    path: "/api/corrections/undo",
    body: input,
    shape: writtenShape,
    local: (actor, deps) => undoCorrection(actor, input, deps),
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, correction }));
  if (correction !== null) output.data(formatCorrection(correction));
};

/** Lists the corrections. */
export const corrections: PricesVerb = async ({ output, flag }, _args, ask) => {
  const answer = await ask<z.output<typeof listShape>>({
    path: "/api/corrections",
    shape: listShape,
    local: readCorrections,
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...answer }));
  for (const one of answer.corrections) output.data(formatCorrection(one));
  if (answer.corrections.length === 0) output.note("No period was priced again.");
};

const formatChange = ({ beforeNanoUsd, afterNanoUsd }: z.output<typeof changeShape>): string =>
  `${formatMoney(beforeNanoUsd)} -> ${formatMoney(afterNanoUsd)}\t${formatMoneyChange(BigInt(afterNanoUsd) - BigInt(beforeNanoUsd))}`;

function formatCorrection(of: z.output<typeof correctionShape>): string {
  const what = of.kind === "undo" ? `takes back ${of.undoes}` : formatCounted(of.requests, "request");
  const state = of.undoneBy === null ? "" : `, taken back by ${of.undoneBy}`;
  const plan = of.planChangeNanoUsd === "0" ? "" : `, plan value ${formatMoneyChange(BigInt(of.planChangeNanoUsd))}`;
  const change = `${formatMoneyChange(BigInt(of.changeNanoUsd))}${plan}`;
  return `${of.number}\t${of.label}\t${change}\t${what}${state}\t${of.actorName}\t${of.comment}`;
}
