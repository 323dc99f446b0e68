/**
 * Catalogue of every refusal CCO can utter. Each has its HTTP status, the contract's code for `/api/*`, Anthropic's
 * error type for `/v1/*`, and the public sentence. Internal detail travels in `details` and never replaces the public
 * text.
 */
// biome-ignore format: a table, one refusal a line
const catalogue = {
  "request.invalid": { status: 400, code: "INVALID_REQUEST", type: "invalid_request_error", text: "The request is not valid." },
  "request.too-large": { status: 413, code: "INVALID_REQUEST", type: "request_too_large", text: "The request body is too large." },
  "request.too-many-headers": { status: 431, code: "INVALID_REQUEST", type: "invalid_request_error", text: "The request has too many header lines." },
  "request.bad-host": { status: 421, code: "INVALID_REQUEST", type: "invalid_request_error", text: "This host name is not served here." },
  "request.cross-site": { status: 403, code: "FORBIDDEN", type: "permission_error", text: "Requests from other web sites are refused." },
  "request.unsupported-encoding": { status: 415, code: "INVALID_REQUEST", type: "invalid_request_error", text: "Compressed request bodies are not accepted; send the body as it is." },
  "not-found": { status: 404, code: "NOT_FOUND", type: "not_found_error", text: "Not found. Check the path and the id." },
  "method.not-allowed": { status: 405, code: "INVALID_REQUEST", type: "invalid_request_error", text: "This method is not allowed for this path." },
  "auth.required": { status: 401, code: "UNAUTHENTICATED", type: "authentication_error", text: "Sign in first." },
  "auth.bad-key": { status: 401, code: "UNAUTHENTICATED", type: "authentication_error", text: "This CCO proxy key is unknown, expired or revoked. Ask an admin of this installation for a new one." },
  "auth.forbidden": { status: 403, code: "FORBIDDEN", type: "permission_error", text: "Your role does not allow this." },
  "token.no-scope": { status: 403, code: "FORBIDDEN", type: "permission_error", text: "This access token lacks the required scope." },
  "token.needs-session": { status: 403, code: "FORBIDDEN", type: "permission_error", text: "An access token cannot do this. Sign in to the console." },
  "key.not-for-this": { status: 403, code: "FORBIDDEN", type: "permission_error", text: "This proxy key does not allow this request." },
  // Not 403: Claude Code takes every 403 for a failed sign-in and sends people to log in again.
  "key.model-not-allowed": { status: 400, code: "INVALID_REQUEST", type: "invalid_request_error", text: "This model may not be used with this proxy key. Choose another model, or ask an admin of this installation." },
  "key.too-fast": { status: 429, code: "RATE_LIMITED", type: "rate_limit_error", text: "This proxy key has reached its requests per minute. Retry after the time in the retry-after header." },
  "key.too-many-open": { status: 429, code: "RATE_LIMITED", type: "rate_limit_error", text: "This proxy key has reached its limit of concurrent requests. Retry when one of them has finished." },
  "key.budget-taken": { status: 429, code: "RATE_LIMITED", type: "rate_limit_error", text: "The open requests may use up the rest of this proxy key's budget. Retry when one of them has finished." },
  "key.budget-spent": { status: 429, code: "RATE_LIMITED", type: "billing_error", text: "This proxy key has spent its budget of this month. Ask an admin of this installation for more, or wait until the next month begins." },
  "auth.too-many-attempts": { status: 429, code: "TOO_MANY_ATTEMPTS", type: "rate_limit_error", text: "Too many attempts. Wait a few minutes and try again." },
  "auth.setup-closed": { status: 404, code: "NOT_FOUND", type: "not_found_error", text: "This installation is already set up. Sign in instead." },
  "auth.bad-link": { status: 404, code: "NOT_FOUND", type: "not_found_error", text: "This link is no longer valid. Ask for a new one." },
  "changed-meanwhile": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "This was changed meanwhile, so nothing was saved. Load what is saved now first." },
  "rules.changed-meanwhile": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "A newer version was published meanwhile. Compare it with your text and publish again." },
  "rules.invalid": { status: 400, code: "INVALID_REQUEST", type: "invalid_request_error", text: "The rules have errors and were not published." },
  "rules.comment-required": { status: 400, code: "INVALID_REQUEST", type: "invalid_request_error", text: "A comment is required: describe what this version changes." },
  "rules.file-read-only": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "The rules file is read-only here. Change it at its source and deploy it." },
  "rules.unchanged": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "These rules are already live." },
  "prices.invalid": { status: 400, code: "INVALID_REQUEST", type: "invalid_request_error", text: "The prices have errors and were not saved." },
  "prices.file-read-only": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "The prices come from the file of CCO_PRICES_FILE. Change them there." },
  "prices.unchanged": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "These prices are already in force." },
  "months.not-over": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "The month is not over yet." },
  "corrections.not-held": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "Some requests of this period are not held here, so it cannot be priced again." },
  "corrections.not-last": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "A later correction of the same days stands. Take that one back first." },
  "bills.invalid": { status: 400, code: "INVALID_REQUEST", type: "invalid_request_error", text: "The report cannot be read and was not imported." },
  "bills.overlap": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "Another report says something else of these days. Nothing was imported: confirm that this one takes their place." },
  "team.last-owner": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "An installation needs at least one active owner. Make another person owner first." },
  "team.email-taken": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "A person with this e-mail address already exists." },
  "upstream.unreachable": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The upstream could not be reached." },
  "upstream.failed": { status: 502, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The upstream closed the connection before the response was complete." },
  "upstream.timeout": { status: 504, code: "SERVICE_UNAVAILABLE", type: "timeout_error", text: "The upstream did not respond in time." },
  "console.starting": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The console is starting. Model traffic is already served." },
  "database.away": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The database is unavailable. Model traffic continues; the console returns when the database does." },
  "database.full": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The database’s disk is full, so nothing was changed. Make room on it and try again. Model traffic continues." },
  "database.unwritable": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The database takes no changes now: another program holds its lock, or it is read-only. Nothing was changed. Model traffic continues." },
  "busy": { status: 503, code: "SERVICE_UNAVAILABLE", type: "overloaded_error", text: "CCO has reached its limit of open requests. Retry in a moment." },
  "audit.unwritable": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The audit log cannot be written, so nothing was changed." },
  "backup.foreign": { status: 400, code: "INVALID_REQUEST", type: "invalid_request_error", text: "This file is no backup of CCO. Choose one that cco backup made: cco backup list shows them." },
  "backup.damaged": { status: 400, code: "INVALID_REQUEST", type: "invalid_request_error", text: "This backup is damaged, so nothing of it is used. Choose another one, or another copy of it." },
  "backup.newer": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "This backup was made by a newer CCO. Install that release, then restore it." },
  "backup.older": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "This backup was made by an older CCO. Restore it with that release into an empty database, then upgrade." },
  "backup.unwritable": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The backup could not be written, and nothing was left of it. Make room in its folder, or choose another one." },
  "backup.unreadable": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The storage of the backups cannot be read. Nothing was changed." },
  "backup.in-use": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "CCO is running with this database. Stop it first, on every machine, then restore." },
  "archive.unwritable": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "The archive could not be written, and no event was deleted for it. Make room in its folder, or choose another one." },
  "archive.missing": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "A file of the archive is not in its folder. Put it back, or name the folder that holds it." },
  "archive.damaged": { status: 503, code: "SERVICE_UNAVAILABLE", type: "api_error", text: "A file of the archive is not what was written. Put a sound copy of it in its place." },
  "retention.running": { status: 409, code: "CONFLICT", type: "invalid_request_error", text: "Another process is archiving events of this database. Wait for it; if it was killed, another one may begin after ten minutes at most." },
  "internal": { status: 500, code: "INTERNAL_ERROR", type: "api_error", text: "Internal error in CCO. The server log has the details." },
} as const;

export type ErrorCode = keyof typeof catalogue;
type ErrorEntry = { status: number; code: string; type: string; text: string };

export const errorEntry = (code: ErrorCode): ErrorEntry => catalogue[code];

/** All codes, in the order of the catalogue. */
export const ERROR_CODES = Object.keys(catalogue) as readonly ErrorCode[];

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(catalogue, text);

/** The path of the page that explains a refusal, on the address that uttered it. Every refusal carries it. */
export const errorPath = (code: ErrorCode): string => `/errors/${code}`;

/** The `Link` header of a refusal (RFC 8288): where its page is. */
export const errorLink = (code: ErrorCode): string => `<${errorPath(code)}>; rel="help"`;

/** A refusal with a code of the catalogue. `publicText` may be more exact than the catalogue's, never less safe. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly publicText: string;

  constructor(code: ErrorCode, details: Record<string, unknown> = {}, publicText?: string) {
    super(publicText ?? catalogue[code].text);
    this.name = "AppError";
    this.code = code;
    this.status = catalogue[code].status;
    this.details = details;
    this.publicText = publicText ?? catalogue[code].text;
  }
}

/** The body of every refusal under `/api/*`. */
export function apiErrorBody(error: AppError, now: Date) {
  return {
    error: error.publicText,
    code: errorEntry(error.code).code,
    timestamp: now.toISOString(),
    details: error.details,
  };
}
