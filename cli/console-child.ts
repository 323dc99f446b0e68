import { join } from "node:path";

/** Next's production server on this machine's own address; people reach it through the proxy. */
export const consoleCommandLine = (root: string, port: number, host = "127.0.0.1"): string[] => [
  join(root, "node_modules", "next", "dist", "bin", "next"),
  "start",
  "--port",
  String(port),
  "--hostname",
  host,
];
