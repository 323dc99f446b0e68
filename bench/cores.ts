import { availableParallelism } from "node:os";

const last = availableParallelism() - 1;

/** The program under test has this core, with all its threads. */
export const proxyCore = 0;
export const loadCore = Math.min(1, last);
/** Beside the load generator when there are but two. */
export const upstreamCore = Math.min(2, last);
