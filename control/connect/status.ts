import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import {
  ARRIVAL_KEPT_MS,
  type Arrival,
  type ArrivalReason,
  isLimitReason,
  isSameAddress,
  readArrivals,
} from "#core/connect/arrival.ts";
import { latestEventSince } from "#store/events.ts";
import { listLiveInstances } from "#store/live-instances.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";

export const connectStatusInput = z.object({
  /** Start of the wait, epoch milliseconds. */
  since: z.coerce.number().int().min(0),
  /** `own`: traffic with the caller's own proxy key. `anybody`: traffic without any key, where none is required. */
  whose: z.enum(["own", "anybody"]).default("own"),
});

export interface ConnectStatus {
  /** Newest request since then; null while there is none. */
  request: {
    at: string;
    ok: boolean;
    status: number;
    errorType: string | null;
    requestedModel: string | null;
    servedModel: string | null;
    client: string | null;
    durationMs: number;
  } | null;
  /** Newer request that does not count as the caller's: refused, or sent with other credentials. Null: none. */
  stray: StrayRequest | null;
}

interface StrayRequest {
  at: string;
  /** Age by the server's clock. */
  agoMs: number;
  /** `without-key`, `with-key`: answered, without a proxy key or with the caller's, where the other is waited for. */
  reason: ArrivalReason | "without-key" | "with-key";
  /** Of an answered request; null for a refused one. */
  status: number | null;
  client: string | null;
  /** Whether a login or key for the provider came. Null where that is not known: it is in no record of a request. */
  hasOwnCredential: boolean | null;
  /** Set for refused requests only. */
  method: string | null;
  path: string | null;
  address: string | null;
}

/** Tolerance for a browser clock that runs behind ours, so that no first request is missed. */
const clockSlackMs = 5_000;

/** Reports whether the caller's traffic has arrived. Reveals nothing about other people's traffic. */
export async function connectStatus(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
  address: string | null = null,
): Promise<ConnectStatus> {
  requirePermission(actor, "connect.use");
  const { since, whose } = parseInput(connectStatusInput, input);
  const isKeyless = whose === "anybody" && !deps.config.callerKeys.isRequired;
  // A range of more than a day would be a search, not a check.
  const sinceMs = Math.max(since - clockSlackMs, deps.now().getTime() - 86_400_000);
  const row = await latestEventSince(deps.db, isKeyless ? null : actor.id, sinceMs);
  const newest = row && row.status < 400 ? Number(row.startedAtMs) : sinceMs;
  const strays = [await answeredOtherwise(actor, isKeyless, newest, deps), await refusedFrom(address, newest, deps)];
  const stray = strays.filter((one) => one !== null).sort((a, b) => b.at.localeCompare(a.at, "en"))[0] ?? null;
  if (!row) return { request: null, stray };
  return {
    stray,
    request: {
      at: new Date(Number(row.startedAtMs)).toISOString(),
      ok: row.status < 400,
      status: row.status,
      errorType: row.errorType,
      requestedModel: row.requestedModel,
      servedModel: row.servedModel,
      client: clientText(row.clientName, row.clientVersion),
      durationMs: row.durationMs,
    },
  };
}

/**
 * Finds the newest request that came with other credentials than the expected ones. It was answered, or held by a
 * limit.
 */
async function answeredOtherwise(
  actor: Actor,
  isKeyless: boolean,
  sinceMs: number,
  deps: ControlDeps,
): Promise<StrayRequest | null> {
  // Where keys are required, nothing is served without one, and other people's traffic is confidential.
  if (!isKeyless && deps.config.callerKeys.isRequired) return null;
  const row = await latestEventSince(deps.db, isKeyless ? actor.id : null, sinceMs + 1);
  if (!row) return null;
  const startedAtMs = Number(row.startedAtMs);
  return {
    at: new Date(startedAtMs).toISOString(),
    agoMs: Math.max(0, deps.now().getTime() - startedAtMs),
    ...readOutcome(row, isKeyless ? "with-key" : "without-key"),
    client: clientText(row.clientName, row.clientVersion),
    hasOwnCredential: null,
    method: null,
    path: null,
    address: null,
  };
}

/** Outcome of a recorded request: an answer, a 401 of the provider (ours leave none), or a limit. */
function readOutcome(
  { status, errorType }: { status: number; errorType: string | null },
  answered: "with-key" | "without-key",
): Pick<StrayRequest, "reason" | "status"> {
  const limit = errorType?.startsWith("key.") ? errorType.slice("key.".length) : null;
  if (limit !== null) return { reason: isLimitReason(limit) ? limit : "refused", status: null };
  return { reason: status === 401 ? "by-provider" : answered, status };
}

/** Finds the newest refused request from the address of the person who reads the status. */
async function refusedFrom(address: string | null, sinceMs: number, deps: ControlDeps): Promise<StrayRequest | null> {
  if (address === null) return null;
  const nowMs = deps.now().getTime();
  const instances = await listLiveInstances(deps.db, new Date((await deps.sharedNow()).getTime() - ARRIVAL_KEPT_MS));
  const own = instances
    .flatMap(({ arrivals }) => readArrivals(arrivals))
    .filter((arrival) => arrival.atMs > sinceMs && isSameAddress(arrival.address, address));
  const newest = own.reduce<Arrival | null>(
    (last, next) => (last === null || next.atMs > last.atMs ? next : last),
    null,
  );
  if (newest === null) return null;
  const { atMs, ...rest } = newest;
  return { ...rest, status: null, at: new Date(atMs).toISOString(), agoMs: Math.max(0, nowMs - atMs) };
}

function clientText(name: string | null, version: string | null): string | null {
  if (!name) return null;
  const shownName = name === "claude-cli" ? "Claude Code" : name;
  return version ? `${shownName} ${version}` : shownName;
}
