import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { latestRequestSince } from "#store/first-request.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";

const statusInput = z.object({
  /** When the page began to wait, epoch milliseconds. */
  since: z.coerce.number().int().min(0),
  /** `own`: traffic with the caller's own proxy key. `anybody`: traffic without any key, where none is required. */
  whose: z.enum(["own", "anybody"]).default("own"),
});

export interface ConnectStatus {
  /** The newest request since then; null while none has come. */
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
}

/** How far the browser's clock may run behind ours before a first request would be missed. */
const clockSlackMs = 5_000;

/** Whether the caller's traffic has arrived. Tells nothing about anybody else's. */
export async function connectStatus(actor: Actor, input: unknown, deps: ControlDeps): Promise<ConnectStatus> {
  requirePermission(actor, "connect.use");
  const { since, whose } = parseInput(statusInput, input);
  const isKeyless = whose === "anybody" && !deps.config.callerKeys.isRequired;
  // A look back further than a day would be a search, not a check.
  const sinceMs = Math.max(since - clockSlackMs, deps.now().getTime() - 86_400_000);
  const row = await latestRequestSince(deps.db, isKeyless ? null : actor.id, sinceMs);
  if (!row) return { request: null };
  return {
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

function clientText(name: string | null, version: string | null): string | null {
  if (!name) return null;
  const shownName = name === "claude-cli" ? "Claude Code" : name;
  return version ? `${shownName} ${version}` : shownName;
}
