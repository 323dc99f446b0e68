import type { AddressInfo } from "node:net";
import type { ProxySettings } from "#config/read-env.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { StartError } from "../process/start-error.ts";
import type { ProxyServer } from "./server.ts";

export function listen(server: ProxyServer, { host, port }: ProxySettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.http.once("error", (problem: NodeJS.ErrnoException) => reject(listenProblem(problem, host, port)));
    server.http.listen(port, host, () => resolve((server.http.address() as AddressInfo).port));
  });
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
  return new StartError(
    exitCodes.usage,
    `${host}:${port} cannot be listened on (${problem.code}): check --host or CCO_HOST.`,
  );
}
