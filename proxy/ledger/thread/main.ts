import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "#core/invariant.ts";
import type { ToWorker, WorkerSettings } from "../messages.ts";
import { LedgerLoop } from "./ledger-loop.ts";
import { stepBack } from "./lower-thread-priority.ts";

/** The thread that does everything with the database. Its handle for the rest of the process is `ledger-client.ts`. */
const port = parentPort;
invariant(port, "the ledger runs as a worker thread");
stepBack();
const loop = new LedgerLoop(workerData as WorkerSettings, (message) => port.postMessage(message));
port.on("message", (message: ToWorker) => loop.receive(message));
await loop.run();
port.close();
