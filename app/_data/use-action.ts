import { toast } from "#app/_ui/toaster.tsx";
import { useBusy } from "./use-busy.ts";

/** Action of a button without a form; `failure` is the title of the notice on refusal. */
export const useAction = (failure: string, work: () => Promise<unknown>) =>
  useBusy(work, (error) => reportFailure(failure, error));

/** Shows a notice with the server's reason. */
export function reportFailure(failure: string, error: unknown): void {
  toast.error(failure, { description: error instanceof Error ? error.message : undefined });
}
