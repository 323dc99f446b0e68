import type { LedgerClient } from "../ledger/client/ledger-client.ts";

const WAIT_MS_MAX = 5_000;
const LOOK_EVERY_MS = 10;

/**
 * Resolves when the pins from before the start are loaded, so that a restart decides no session again. Also when the
 * database reports that it cannot be read, or reports nothing for five seconds: traffic does not wait for it.
 */
export async function loadedPins(ledger: Pick<LedgerClient, "ready" | "problem">): Promise<void> {
  let isHere = false;
  const here = () => {
    isHere = true;
  };
  ledger.ready.then(here, here);
  const until = performance.now() + WAIT_MS_MAX;
  while (!isHere && ledger.problem() === null && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
