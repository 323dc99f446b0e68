import { createServer, type Server } from "node:http";
import { Server as NetServer } from "node:net";
import { performance } from "node:perf_hooks";
import type { FastPathWaits } from "../http1/fast-connection.ts";

/** Limit of a header block, in bytes; larger ones are refused with 431. */
const HEADER_BYTES_MAX = 16 * 1024;

/** Creates Node's server with the limits of this proxy; it has no listener yet. */
export function createHttpServer({ headMs, requestMs, keepAliveMs }: FastPathWaits): Server {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: headMs,
    requestTimeout: requestMs,
    // The default of 30 s would make the two above coarse.
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: keepAliveMs,
    insecureHTTPParser: false,
    noDelay: true,
  });
  // No limit on what may be read: Node would frame the request by lines that the guard cannot see. The guard counts them.
  server.maxHeadersCount = 0;
  // A caller who has finished sending is served all the same: `watchHalfClose` detects one who has left. Node has no type
  // for it.
  return Object.assign(server, { httpAllowHalfOpen: true });
}

/**
 * Stops accepting connections, in a moment in which none waits. Existing ones stay open: Node's own close would break
 * those about to send a request.
 */
export async function stopListening(server: Server): Promise<void> {
  await quietMoment();
  NetServer.prototype.close.call(server);
}

/**
 * Longest turn of the event loop after which the accept queue counts as empty. A turn without work takes some 10 µs.
 */
const QUIET_TURN_MS = 0.05;
const QUIET_WITHIN_MS = 1_000;

/**
 * Resolves right after a turn of the event loop so short that the kernel cannot have made a connection since. The kernel
 * resets connections it has made that are not accepted when listening ends, and every turn accepts all there are.
 */
async function quietMoment(): Promise<void> {
  const until = performance.now() + QUIET_WITHIN_MS;
  for (let startedTick = performance.now(); ; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    if (now - startedTick < QUIET_TURN_MS || now > until) return;
    startedTick = now;
  }
}
