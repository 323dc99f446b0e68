import { availableParallelism } from "node:os";

/** The program under test has this core, with all its threads. */
export const proxyCore = 0;
/** The load generator and the upstream share this one. */
export const otherCore = Math.min(1, availableParallelism() - 1);
