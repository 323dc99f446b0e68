import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "#core/invariant.ts";
import type { LedgerCommand, WorkerSettings } from "../messages.ts";
import { LedgerLoop } from "./ledger-loop.ts";
import { lowerThreadPriority } from "./lower-thread-priority.ts";

/** The thread that does everything with the database. Its handle for the rest of the process is `ledger-client.ts`. */
const port = parentPort;
invariant(port, "the ledger runs as a worker thread");
lowerThreadPriority();
const loop = new LedgerLoop(workerData as WorkerSettings, (message) => port.postMessage(message));
port.on("message", (message: LedgerCommand) => loop.receive(message));
await loop.run();
port.close();
