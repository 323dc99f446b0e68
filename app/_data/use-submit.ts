import { type FormEvent, useState } from "react";
import { type FormProblem, formProblem, noProblem } from "./field-errors.ts";
import { useBusy } from "./use-busy.ts";

/** A form that is sent: `busy` while it is, and what was refused sorted to its fields. Every new try starts without problems. */
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

/** Leaves for another page. Never settles, so the form that awaits it stays busy until it is gone. */
export function leaveFor(address: string): Promise<never> {
  location.assign(address);
  return new Promise<never>(() => undefined);
}
