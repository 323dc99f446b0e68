import { type ErrorCode, errorEntry, errorPath } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { quoteForShell } from "#core/shell-word.ts";
import { CliError } from "./cli-error.ts";

interface Refusal {
  code: ErrorCode;
  text: string;
  /** As the refusal carried it: from a server anything. */
  details: Readonly<Record<string, unknown>>;
}

/**
 * A refusal of the product as the command's end: the same whether a server or this machine's own database refused.
 * `base` is the address its page is at.
 */
export function refusalError({ code, text, details }: Refusal, base: string | null): CliError {
  const url = base === null ? null : `${base.replace(/\/+$/, "")}${errorPath(code)}`;
  return new CliError(toExitCode(code), text, findHint(code, details), { code, url });
}

function toExitCode(code: ErrorCode): number {
  if (code === "rules.changed-meanwhile" || code === "rules.unchanged" || code === "rules.file-read-only")
    return exitCodes.conflict;
  if (
    code === "changed-meanwhile" ||
    code === "prices.unchanged" ||
    code === "bills.overlap" ||
    code === "prices.file-read-only"
  )
    return exitCodes.conflict;
  if (code === "backup.in-use" || code === "retention.running") return exitCodes.conflict;
  if (code === "backup.newer" || code === "backup.older" || code.startsWith("database."))
    return exitCodes.databaseUnusable;
  if (code === "backup.unreadable") return exitCodes.unreachable;
  if (code === "backup.unwritable" || code === "archive.unwritable") return exitCodes.cannotCreate;
  if (code === "rules.invalid" || code === "prices.invalid" || code === "bills.invalid") return exitCodes.invalidConfig;
  if (code === "backup.foreign" || code === "rules.comment-required" || code === "request.invalid")
    return exitCodes.usage;
  const { status } = errorEntry(code);
  return code.startsWith("auth.") || status === 401 || status === 403 ? exitCodes.notAllowed : exitCodes.failure;
}

/** The first thing to fix, where the refusal names one. */
function findHint(code: ErrorCode, details: Refusal["details"]): string | null {
  if (code === "rules.comment-required") return "say it with -m";
  if (code === "rules.changed-meanwhile")
    return `look at it with: cco rules show ${quoteForShell(String(details.current))}`;
  if (code === "not-found" && details.version !== undefined) return "cco rules list shows the versions";
  if (code === "bills.overlap") return `${listDays(details.days)}: --replace puts this report in their place`;
  if (code !== "rules.invalid") return null;
  const failed = Array.isArray(details.failedTests) ? details.failedTests : [];
  if (typeof failed[0] === "string") return failed[0];
  const problems: unknown[] = Array.isArray(details.problems) ? details.problems : [];
  const first = problems.find((problem) => typeof problem === "object" && problem !== null);
  if (first === undefined || first === null) return null;
  return `line ${Reflect.get(first as object, "line")}: ${Reflect.get(first as object, "message")}`;
}

const listDays = (days: unknown): string => (Array.isArray(days) ? days.slice(0, 5).map(String).join(", ") : "");
