import type { AddressInfo } from "node:net";
import { describeListenError } from "#config/listener-address.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { exitCodes, listenErrorCode } from "#core/exit-codes.ts";
import { StartError } from "../process/start-error.ts";
import type { ProxyServer } from "./server.ts";

/**
 * Handle of a listening socket, as Node passes it between processes. Each process has a copy; the last `close` ends
 * listening.
 */
export interface ListeningHandle {
  close(): void;
}

/**
 * Listens, and resolves with the port. With a handle, on the socket another process has opened; else on the address of
 * the settings, separately even in a cluster: the primary would keep its copy of the socket until its last worker has
 * closed, and reset what the kernel accepts in between. Rejects with a `StartError`.
 */
export function listen(
  server: ProxyServer,
  { host, port }: ProxySettings,
  shared: ListeningHandle | null = null,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.http.once("error", (problem: NodeJS.ErrnoException) => reject(listenProblem(problem, host, port)));
    server.http.listen(shared ?? { host, port, exclusive: true }, () =>
      resolve((server.http.address() as AddressInfo).port),
    );
  });
}

/** The handle that listens for this server; null when none does. Node has no public name for it. */
export function listeningHandle({ http }: ProxyServer): ListeningHandle | null {
  return (http as unknown as { _handle: ListeningHandle | null })._handle;
}

function listenProblem(problem: NodeJS.ErrnoException, host: string, port: number): StartError {
  if (problem.code === "EADDRINUSE") {
    return new StartError(
      exitCodes.portInUse,
      `Port ${port} on ${host} is in use: stop the other program or choose another port with --port or CCO_PORT.`,
    );
  }
  if (problem.code === "EACCES") {
    return new StartError(
      exitCodes.permissions,
      `Port ${port} may not be opened by this user: choose one above 1023 with --port or CCO_PORT.`,
    );
  }
  return new StartError(listenErrorCode(problem.code), `${describeListenError(problem.code, host, "CCO_HOST")}.`);
}
