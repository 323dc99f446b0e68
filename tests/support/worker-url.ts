import { pathToFileURL } from "node:url";

/** The ledger's worker as it is shipped: the bundle that `npm test` builds before anything runs. */
export const workerUrl = pathToFileURL("dist/ledger-worker.mjs");
