import { join } from "node:path";

/**
 * Idle connections of the proxy stay open this long. Closing one after Next's usual 5 seconds meets, now and then, a request
 * that the proxy has just put on it: a page would lose a script that way.
 */
const keepAliveMs = 3_600_000;

/** Next's production server on this machine's own address; people reach it through the proxy. */
export const consoleCommandLine = (root: string, port: number, host = "127.0.0.1"): string[] => [
  join(root, "node_modules", "next", "dist", "bin", "next"),
  "start",
  "--port",
  String(port),
  "--hostname",
  host,
  "--keepAliveTimeout",
  String(keepAliveMs),
];
