import type { IncomingMessage } from "node:http";
import { AppError } from "#core/errors.ts";
import type { ProxyContext, Reader } from "../context.ts";

/** Roles that see everybody's totals; the same as `totals.read` of the permission matrix. */
const ROLES = new Set(["owner", "admin", "editor", "viewer", "finance"]);

/** Who asks, when they may see the installation's totals: 401 for nobody, 403 for those who see their own requests only. */
export async function requireReader(context: ProxyContext, request: IncomingMessage): Promise<Reader> {
  const reader = await context.readerOf(request);
  if (reader === null) throw new AppError("auth.required");
  if (reader.kind !== "open" && !ROLES.has(reader.role)) throw new AppError("auth.forbidden");
  return reader;
}

/** These endpoints only answer questions. */
export function requireGet(request: IncomingMessage): void {
  if (request.method !== "GET" && request.method !== "HEAD") throw new AppError("method.not-allowed");
}
