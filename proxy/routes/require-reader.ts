import type { IncomingMessage } from "node:http";
import { mayWith, noScope, type Permission, roleMay } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import type { ProxyContext, Reader } from "../process/proxy-context.ts";

/** How often the permission of an open connection is checked again. */
export const RECHECK_MS = 2_000;

/**
 * Returns the caller when they may see the installation's totals, and throws otherwise. 401 without a sign-in, 403 for
 * those who see their own requests only, 503 while that cannot be found out.
 */
export async function requireReader(context: ProxyContext, request: IncomingMessage): Promise<Reader> {
  const reader = await context.findReader(request);
  if (reader === null) throw new AppError("auth.required");
  const problem = reader.kind === "open" ? null : findRefusal(reader, "totals.read");
  if (problem !== null) throw problem;
  return reader;
}

/**
 * How long a connection stays open while its permission cannot be checked. The console is then too busy, or too absent,
 * to say whether the connection still may.
 */
const UNCHECKED_MS_MAX = 60_000;

/** Permission of a connection that stays open. */
export class OpenPermission {
  private checkedAtMs = Date.now();

  constructor(
    private readonly context: ProxyContext,
    private readonly request: IncomingMessage,
  ) {}

  /** Whether the caller may still see the totals. A console that cannot say so is waited for, a minute at most. */
  async isValid(): Promise<boolean> {
    try {
      await requireReader(this.context, this.request);
      this.checkedAtMs = Date.now();
      return true;
    } catch (error) {
      const isUnknown = error instanceof AppError && error.code === "busy";
      return isUnknown && Date.now() - this.checkedAtMs < UNCHECKED_MS_MAX;
    }
  }
}

/**
 * Names a reader, for the places that all readers share. The name is a person, with all windows and access tokens of
 * theirs, or an address where reading is open.
 */
export function identifyReader(reader: Reader, request: IncomingMessage): string {
  return reader.kind === "open" ? (request.socket.remoteAddress ?? "") : reader.personId;
}

/** Why a reader is refused; null when admitted. By the permission matrix of the console, as everywhere. */
export function findRefusal(reader: Exclude<Reader, { kind: "open" }>, permission: Permission): AppError | null {
  if (mayWith(reader.role, reader.kind === "token" ? reader.scopes : null, permission)) return null;
  return roleMay(reader.role, permission) ? noScope(permission) : new AppError("auth.forbidden");
}

/** These endpoints are read-only. */
export function requireGet(request: IncomingMessage): void {
  if (request.method !== "GET" && request.method !== "HEAD") throw new AppError("method.not-allowed");
}
