import { useState } from "react";

/** State of a button's work: `busy` until it ends; `onFailure` is called when it was refused. */
export function useBusy(work: () => Promise<unknown>, onFailure: (error: unknown) => void) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      onFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, run };
}
