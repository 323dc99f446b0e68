import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { TrustedProxies } from "#config/trusted-proxies.ts";
import { holdsOwnSecret } from "#core/access/own-secrets.ts";
import { type Arrival, type ArrivalReason, joinedArrivals, plainPath } from "#core/connect/arrival.ts";
import type { ErrorCode } from "#core/errors.ts";
import type { LedgerClient } from "../ledger/client/ledger-client.ts";
import { headerSafe } from "../upstream/headers.ts";
import { callerAddress } from "./caller-origin.ts";

const REPORT_EVERY_MS = 500;
/** Arrivals reported in one batch: a flood of refusals must not become a flood of writes. */
const PENDING_MAX = 200;
const SHOWN_MAX = 120;

interface Refused {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
}

/** Reports refused requests to the console, so that a person who connects sees why theirs does not count. */
export class ArrivalLog {
  private pending: Arrival[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly ledger: Pick<LedgerClient, "reportArrivals">,
    private readonly trustedProxies: TrustedProxies,
    private readonly now: () => number,
  ) {
    this.timer = setInterval(() => this.report(), REPORT_EVERY_MS);
    this.timer.unref();
  }

  /** A request that we refused; `why` is what the refusal's details say, where one code has several causes. */
  note(request: Refused, code: ErrorCode, why?: unknown): void {
    this.add(request, CAUSES.find((cause) => cause === why) ?? toReason(code, request.url ?? ""));
  }

  /** A request that went to the provider without a proxy key, and was refused there. */
  noteByProvider(request: Refused): void {
    this.add(request, "by-provider");
  }

  private add(request: Refused, reason: ArrivalReason): void {
    if (this.pending.length >= PENDING_MAX) return;
    const { headers } = request;
    this.pending.push({
      atMs: this.now(),
      address: shown(callerAddress(request, this.trustedProxies)),
      reason,
      client: parseClient(headers),
      hasOwnCredential: hasOwnCredential(headers),
      method: shown(request.method ?? "GET"),
      path: plainPath(request.url?.split(/[?#;]/, 1)[0] ?? "/"),
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private report(): void {
    if (this.pending.length === 0) return;
    const arrivals = joinedArrivals(this.pending, this.now());
    this.pending = [];
    this.ledger.reportArrivals(arrivals);
  }
}

/** Whether a program for the model API sent this, not a browser. */
export function isApiCaller(headers: IncomingHttpHeaders): boolean {
  const agent = headers["user-agent"] ?? "";
  return headers["anthropic-version"] !== undefined || headers["x-api-key"] !== undefined || /^claude-/i.test(agent);
}

/** Causes that share the code `auth.bad-key`, as the details of the refusal name them. */
const CAUSES = ["misplaced-key", "wrapped-key", "own-missing"] as const;

const REASONS: Partial<Record<ErrorCode, ArrivalReason>> = {
  "auth.required": "no-key",
  "auth.bad-key": "bad-key",
  "request.bad-host": "wrong-host",
  "key.too-fast": "too-fast",
  "key.too-many-open": "too-many-open",
  "key.budget-taken": "budget-taken",
  "key.budget-spent": "budget-spent",
  "key.not-for-this": "not-for-this",
};

function toReason(code: ErrorCode, url: string): ArrivalReason {
  const reason = REASONS[code];
  if (reason !== undefined) return reason;
  return code === "not-found" || url.startsWith("//") ? "wrong-path" : "refused";
}

/** Whether a person's own login or API key was sent; a secret of ours is none. */
function hasOwnCredential(headers: IncomingHttpHeaders): boolean {
  return [headers.authorization ?? "", String(headers["x-api-key"] ?? "")].some(
    (secret) => secret !== "" && !holdsOwnSecret(secret),
  );
}

function parseClient(headers: IncomingHttpHeaders): string | null {
  const [, name, version] = /^([A-Za-z][\w.-]{0,40})\/(\d[\w.-]{0,20})/.exec(headers["user-agent"] ?? "") ?? [];
  if (name === undefined) return null;
  return `${/^claude-(cli|code)$/i.test(name) ? "Claude Code" : name} ${version}`;
}

const shown = (text: string): string => headerSafe(text).slice(0, SHOWN_MAX);
