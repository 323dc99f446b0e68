import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "#core/invariant.ts";
import { LedgerLoop } from "./ledger/ledger-loop.ts";
import type { ToWorker, WorkerSettings } from "./ledger/messages.ts";
import { stepBack } from "./ledger/step-back.ts";

/** The thread that does everything with the database. Its handle for the rest of the process is `drain.ts`. */
const port = parentPort;
invariant(port, "the ledger runs as a worker thread");
stepBack();
const loop = new LedgerLoop(workerData as WorkerSettings, (message) => port.postMessage(message));
port.on("message", (message: ToWorker) => loop.receive(message));
await loop.run();
port.close();
