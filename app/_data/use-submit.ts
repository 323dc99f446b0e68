import { type FormEvent, useState } from "react";
import { type FormProblem, formProblem, noProblem } from "./field-errors.ts";
import { useBusy } from "./use-busy.ts";

/** Submission of a form: `busy` while sending, and the refusal by field. Each try clears the problems. */
export function useSubmit(send: () => Promise<unknown>, onProblem?: (problem: FormProblem) => void) {
  const [problem, setProblem] = useState<FormProblem>(noProblem);
  const { busy, run } = useBusy(send, (error) => {
    const found = formProblem(error);
    setProblem(found);
    onProblem?.(found);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(noProblem);
    void run();
  };
  return { busy, problem, submit, clearProblem: () => setProblem(noProblem) };
}

/** Navigates away. Never settles, so that the awaiting form stays busy until the page unloads. */
export function leaveFor(address: string): Promise<never> {
  location.assign(address);
  return new Promise<never>(() => undefined);
}
