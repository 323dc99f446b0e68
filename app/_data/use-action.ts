import { toast } from "#app/_ui/toaster.tsx";
import { useBusy } from "./use-busy.ts";

/** A button that does one thing at once; `failure` heads the notice when the server refuses it. */
export const useAction = (failure: string, work: () => Promise<unknown>) =>
  useBusy(work, (error) => reportFailure(failure, error));

/** Says what did not happen, and the server's own reason. */
export function reportFailure(failure: string, error: unknown): void {
  toast.error(failure, { description: error instanceof Error ? error.message : undefined });
}
