import process from "node:process";
import { loadCatalogue } from "#config/models-toml.ts";
import { rebuildLedger } from "#control/ledger/rebuild.ts";
import { type RecordsVerdict, verifyRecords } from "#control/ledger/verify.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatCount } from "#core/report/format.ts";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import type { Parsed } from "../arguments.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { differenceText } from "../difference-text.ts";
import { requireHere, WHOLE_INSTALLATION_HELP, wholeInstallationOptions } from "../installation.ts";
import { withControl } from "../open-control.ts";
import type { Output } from "../output.ts";
import { ProgressLine } from "../progress-line.ts";

const help = `Examples:
  cco verify                                       also while the proxy runs
  cco verify --json | jq .problems
  DATABASE_URL=postgresql://… cco verify
  cco verify --rebuild                             rebuild the rollups, then verify

Recomputes the quarter-hours and days from the events, every amount of every event from its tokens and the price list
(of events priced with another list: that their parts add up), and walks the chain of the audit log. Names what differs.
The totals that a restored backup brought without their events, and those of archived events, are taken as they are, and
named; cco retention verify proves the archive.
Ends with 0 when nothing does, else with 1. Says on standard error how far it is: on a terminal in one line, elsewhere
every ten seconds; with -q not at all.

  --rebuild            rebuild both rollups from the events first; events and audit log stay as they are
  -y                   do not ask
  --json               {"schema_version":1,"ok":…,"events":…,"unpriced":…,"repriced":…,"other_price_lists":{…},
                       "opening_balance":…,"archived":…,"differences":…,"problems":[…],"audit":{…}}
${WHOLE_INSTALLATION_HELP}`;

const options = {
  ...wholeInstallationOptions,
  rebuild: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  json: { type: "boolean" },
} as const;

export const verifyCommand: Command = {
  summary: "Recompute rollups and amounts from the events; check the audit log",
  help,
  options,
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const { output, flag } = parsed;
  requireHere(parsed, "cco verify");
  const catalogue = loadCatalogue(process.env.CCO_MODELS_FILE || undefined);
  if (flag("rebuild")) await confirm("Rebuild the rollups from the events?", flag("yes"));
  const verdict = await withControl(
    parsed,
    async (actor, deps, databaseUrl) => {
      const connection = await openSqlConnection(databaseUrl);
      const progress = new ProgressLine("events verified");
      try {
        if (flag("rebuild")) await rebuildLedger(actor, { connection }, deps);
        const onProgress = flag("quiet") ? () => {} : (done: number, all: number) => progress.say(done, all);
        return await verifyRecords(actor, { connection, catalogue, onProgress }, deps);
      } finally {
        progress.end();
        await connection.close();
      }
    },
    { place: "whole" },
  );
  if (flag("json")) output.data(JSON.stringify(toJson(verdict)));
  else say(verdict, catalogue.priceVersion, output);
  return verdict.ok ? exitCodes.ok : exitCodes.failure;
}

function toJson({ ok, ledger, audit }: RecordsVerdict) {
  const { events, unpriced, repriced, otherPriceLists, differences } = ledger;
  return {
    schema_version: 1,
    ok,
    events,
    unpriced,
    repriced,
    other_price_lists: otherPriceLists,
    corrections: ledger.corrections,
    opening_balance: ledger.opening,
    archived: ledger.archived,
    differences,
    problems: ledger.problems.map(({ kind, which, about, state, fields }) => {
      const columns = fields.map(({ name, is, shouldBe }) => ({ name, is, should_be: shouldBe }));
      return { kind, which, about, state, fields: columns };
    }),
    audit: audit.ok
      ? { ok: true, entries: audit.entries, head: audit.head }
      : { ok: false, entries: audit.entries, broken_at_id: audit.brokenAtId },
  };
}

function say({ ok, ledger, audit }: RecordsVerdict, priceVersion: string, output: Output): void {
  for (const problem of ledger.problems) output.data(differenceText(problem));
  const unnamed = ledger.differences - ledger.problems.length;
  if (unnamed > 0) output.data(`… and ${formatCount(unnamed)} more`);
  if (!audit.ok) output.data(auditText(audit));
  const others = Object.entries(ledger.otherPriceLists).map(
    ([version, count]) => `${formatCount(count)} by list ${version}`,
  );
  const sumsOnly = others.length === 0 ? "" : `; only the sums of ${others.join(", ")}`;
  output.note(
    `${formatCounted(ledger.events, "event")}, ${formatCount(ledger.repriced)} priced again by list ${priceVersion}${sumsOnly}; ${formatCount(ledger.unpriced)} unpriced`,
  );
  const { corrections, rows, unchecked } = ledger.corrections;
  if (rows + unchecked > 0)
    output.note(
      `${formatCounted(corrections, "correction")} in force; ${formatCounted(rows, "row")} computed again${unchecked === 0 ? "" : `, ${formatCount(unchecked)} not: requests came later or are archived, or the price list is another one`}`,
    );
  if (ledger.opening !== null)
    output.note(
      `events before ${ledger.opening.at} are not held: the totals of ${formatCounted(ledger.opening.requests, "request")} are kept from the backup that was restored`,
    );
  if (ledger.archived !== null)
    output.note(
      `events before ${ledger.archived.before} (UTC) are archived: the totals of ${formatCounted(ledger.archived.requests, "request")} are kept from them`,
    );
  if (audit.ok)
    output.note(`${formatCounted(audit.entries, "audit entry", "audit entries")}, unbroken, ending with ${audit.head}`);
  if (ok) {
    output.note(`${output.paint("green", "✓")} rollups, amounts and audit log are as recorded`);
    return;
  }
  const isRollup = ledger.problems.some(({ kind }) => kind !== "event");
  const hint = isRollup ? "cco verify --rebuild rebuilds the rollups from the events" : null;
  output.error(failure(ledger.differences, audit.ok), hint);
}

const failure = (differences: number, isAuditSound: boolean): string =>
  [
    ...(differences > 0 ? [`${formatCounted(differences, "row")} ${pluralize(differences, "differs", "differ")}`] : []),
    ...(isAuditSound ? [] : ["the audit log is broken"]),
  ].join(", and ");

const auditText = ({ entries, brokenAtId }: { entries: number; brokenAtId: number | null }): string =>
  brokenAtId === null
    ? `audit log: its newest entries are missing; the ${formatCount(entries)} before them are sound`
    : `audit entry ${brokenAtId} was changed, or the one before it is missing; the ${formatCount(entries)} before it are sound`;
