import type { LedgerClient } from "../ledger/client/ledger-client.ts";

const WAIT_MS_MAX = 5_000;
const LOOK_EVERY_MS = 10;

/**
 * Resolves when the decisions of before the start are here, so that no session is decided anew by a restart. Also when the
 * database says it cannot be read, or says nothing for five seconds: traffic does not wait for it.
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
