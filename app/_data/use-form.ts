import { type FormEvent, useState } from "react";
import { type FormProblem, formProblem, noProblem } from "./field-errors.ts";
import { useBusy } from "./use-busy.ts";

/** Names of the values that are texts. */
type TextName<Values> = { [Name in keyof Values]: Values[Name] extends string ? Name : never }[keyof Values] & string;

interface Options<Values> {
  /** The field beside which a refusal of the whole form stands, where that field is what people can change. */
  failureAt?: keyof Values & string;
  onProblem?: (problem: FormProblem) => void;
  /** Reads what is saved now, and gives its values; offered when another person saved meanwhile what this form changes. */
  present?: (values: Values) => Promise<Values>;
}

/**
 * A form: its values, `busy` while `send` is sending them, and the server's refusal by field. Each try clears the problems.
 * `input` and `choice` give a field its value, its problem and its change; `sentAs` is the server's name of the field
 * where it differs.
 */
export function useForm<Values extends object>(
  initial: Values | (() => Values),
  send: (values: Values) => Promise<unknown>,
  { failureAt, onProblem, present }: Options<Values> = {},
) {
  const [values, setValues] = useState(initial);
  const [problem, setProblem] = useState<FormProblem>(noProblem);
  const refuse = (error: unknown) => {
    const found = placed(formProblem(error), failureAt);
    setProblem(found);
    onProblem?.(found);
  };
  const { busy, run } = useBusy(() => send(values), refuse);
  const loading = useBusy(async () => {
    if (!present) return;
    setValues(await present(values));
    setProblem(noProblem);
  }, refuse);
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
    /** Shows a refusal of what another button of the form sent. */
    refuse,
    /** Loads what is saved now in place of what was typed; null while there is no reason to. */
    load: present && problem.isStale ? loading : null,
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
  field === undefined || problem.message === null || problem.isStale
    ? problem
    : { fields: { [field]: problem.message }, message: null };

/** The form of these values. */
export type FormOf<Values extends object> = ReturnType<typeof useForm<Values>>;

/** Navigates away. Never settles, so that the awaiting form stays busy until the page unloads. */
export function leaveFor(address: string): Promise<never> {
  location.assign(address);
  return new Promise<never>(() => undefined);
}
