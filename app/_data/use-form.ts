import { type FormEvent, useState } from "react";
import { type FormProblem, formProblem, noProblem } from "./field-errors.ts";
import { useBusy } from "./use-busy.ts";

/** Names of the values that are texts. */
type TextName<Values> = { [Name in keyof Values]: Values[Name] extends string ? Name : never }[keyof Values] & string;

interface Options<Values> {
  /** The field beside which a refusal of the whole form stands, where that field is what people can change. */
  failureAt?: keyof Values & string;
  onProblem?: (problem: FormProblem) => void;
}

/**
 * A form: its values, `busy` while `send` is sending them, and the server's refusal by field. Each try clears the problems.
 * `input` and `choice` give a field its value, its problem and its change; `sentAs` is the server's name of the field
 * where it differs.
 */
export function useForm<Values extends object>(
  initial: Values | (() => Values),
  send: (values: Values) => Promise<unknown>,
  { failureAt, onProblem }: Options<Values> = {},
) {
  const [values, setValues] = useState(initial);
  const [problem, setProblem] = useState<FormProblem>(noProblem);
  const { busy, run } = useBusy(
    () => send(values),
    (error) => {
      const found = placed(formProblem(error), failureAt);
      setProblem(found);
      onProblem?.(found);
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(noProblem);
    void run();
  };
  const set = (part: Partial<Values>) => setValues((now) => ({ ...now, ...part }));
  return {
    values,
    set,
    /** Back to the values the form began with. */
    reset: () => setValues(initial),
    busy,
    problem,
    submit,
    /** For fields that report an event: texts and selects. */
    input: <Name extends TextName<Values>>(name: Name, sentAs: string = name) => ({
      value: values[name] as Values[Name] & string,
      error: problem.fields[sentAs],
      onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value } as Partial<Values>),
    }),
    /** For fields that report their value. */
    choice: <Name extends keyof Values & string>(name: Name, sentAs: string = name) => ({
      value: values[name],
      error: problem.fields[sentAs],
      onChange: (value: Values[Name]) => set({ [name]: value } as unknown as Partial<Values>),
    }),
  };
}

const placed = (problem: FormProblem, field: string | undefined): FormProblem =>
  field === undefined || problem.message === null ? problem : { fields: { [field]: problem.message }, message: null };

/** The form of these values. */
export type FormOf<Values extends object> = ReturnType<typeof useForm<Values>>;

/** Navigates away. Never settles, so that the awaiting form stays busy until the page unloads. */
export function leaveFor(address: string): Promise<never> {
  location.assign(address);
  return new Promise<never>(() => undefined);
}
