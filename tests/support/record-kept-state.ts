import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { keptStateFile } from "#config/kept-state-file.ts";
import { readKeptState, StateKeeper } from "#proxy/ledger/client/kept-state.ts";
import { KEPT_AT_MS, KEPT_SECRET, keptMessages } from "./kept-messages.ts";

/**
 * Records the state as this release keeps it: `node --import tsx tests/support/record-kept-state.ts 4` adds layout 4. Do so
 * when a field is added to what is kept; the layouts before stay, because files of their releases do.
 */
const number = Number(process.argv[2]);
const folder = join(import.meta.dirname, "../fixtures/kept-state", `layout-${number}`);
if (!Number.isInteger(number)) throw new Error("name the number of the layout");
mkdirSync(dirname(folder), { recursive: true });
mkdirSync(folder);
const place = { file: keptStateFile(folder), secret: KEPT_SECRET };
const keeper = new StateKeeper(place);
for (const message of keptMessages) keeper.note(message);
keeper.note({ kind: "confirmed", atMs: KEPT_AT_MS, isKept: false });
writeFileSync(join(folder, "meant.json"), `${JSON.stringify(readKeptState(place, KEPT_AT_MS), null, 2)}\n`);
process.stdout.write(`${readFileSync(place.file).length} bytes in ${folder}\n`);
