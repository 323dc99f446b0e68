import { exitCodes } from "#core/exit-codes.ts";
import { formatBytes } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Parsed } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { accessHeaders, serverAddress, serverAddressOption } from "../server-address.ts";

const help = `Examples:
  cco status
  CCO_URL=https://cco.example.com CCO_TOKEN=cco_at_… cco status
  cco status --json | jq .overrides_enabled

Asks a running CCO how it is. Ends with 0 when it takes traffic, 1 when it does not, 6 when it cannot be reached.

  --url <address>  CCO_URL, else the one of this machine
  --json           {"schema_version":1,"url":…,"ready":…, and the fields of /health}`;

const ANSWER_WITHIN_MS = 5_000;

export const statusCommand: Command = {
  summary: "Ask a running CCO how it is",
  help,
  options: { ...serverAddressOption, json: { type: "boolean" } },
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const { output, flag } = parsed;
  const url = serverAddress(parsed);
  const { isReady, fields } = await readHealth(url);
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, url, ready: isReady, ...fields }));
  else for (const line of formatLines(url, isReady, fields)) output.data(line);
  // The open fields are answered to a wrong token as well.
  if (accessHeaders().authorization !== undefined && fields.version === undefined)
    output.error(
      "CCO_TOKEN shows no more than no token: it is refused, or may not see the totals",
      "create another one under Team, or leave CCO_TOKEN out",
    );
  return isReady ? exitCodes.ok : exitCodes.failure;
}

type Fields = Readonly<Record<string, unknown>>;

async function readHealth(url: string): Promise<{ isReady: boolean; fields: Fields }> {
  const hint = "is it running? cco doctor looks for the reason";
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(`${url}/health`, { headers: accessHeaders(), redirect: "manual", signal });
    const fields: unknown = await response.json();
    if (typeof fields === "object" && fields !== null && "overrides_enabled" in fields)
      return { isReady: response.ok, fields: fields as Fields };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new CliError(exitCodes.unreachable, `${url} does not answer`, hint);
  }
  throw new CliError(exitCodes.unreachable, `what answers at ${url} is not CCO`, "name another address with --url");
}

function formatLines(url: string, isReady: boolean, fields: Fields): string[] {
  const { uptime, version, database, override_rules: rules, overrides_enabled: isOn } = fields;
  const lines = [
    `${isReady ? "ready" : String(fields.status)} at ${url}, up ${spanText(Number(uptime))}`,
    `overrides ${isOn === true ? "on" : "OFF"}, ${formatCounted(Number(rules), "rule")}`,
  ];
  // Further fields are for those who may see the totals.
  if (version === undefined) return lines;
  lines.push(
    `version ${version}, rules v${fields.rules_version ?? "–"}, database ${database}${sizeText(fields.database_bytes)}`,
  );
  lines.push(
    `${Number(fields.requests_per_second).toFixed(1)} requests/s, ${fields.open_requests} open, spool ${fields.spool_state}`,
  );
  lines.push(`last backup ${typeof fields.last_backup_at === "string" ? agoText(fields.last_backup_at) : "none yet"}`);
  for (const problem of [fields.rules_problem, fields.ledger_problem])
    if (typeof problem === "string") lines.push(`problem: ${problem}`);
  return lines;
}

const agoText = (at: string): string => `${spanText((Date.now() - Date.parse(at)) / 1000)} ago`;

const sizeText = (bytes: unknown): string => (typeof bytes === "number" ? ` (${formatBytes(bytes)})` : "");

/** "3 d 4 h", "12 min", "40 s". */
function spanText(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
