import { existsSync } from "node:fs";
import { join } from "node:path";

/** Path of the last good control state, sealed: rules, keys and limits for a start without the database. */
export const keptStateFile = (dataDir: string): string => join(dataDir, "last-good-state.sealed");

export const hasKeptState = (dataDir: string): boolean => existsSync(keptStateFile(dataDir));

/** Path of the rules kept beside the data. A file broken while the proxy was down thus still leaves rules to serve. */
export const lastGoodRulesFile = (dataDir: string): string => join(dataDir, "rules-last-good.toml");
