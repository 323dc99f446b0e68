import { useState } from "react";

/** Work begun by a button: `busy` from the press until it ends, `onFailure` told when it was refused. */
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
