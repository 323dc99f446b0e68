import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Closes the files of databases that this process has closed. The driver keeps them open until garbage collection, and a
 * restore in another process would see that this one has them open.
 */
export function closeDatabaseFiles(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
