import type { FormEvent, ReactNode } from "react";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";
import { DialogActions } from "./dialog.tsx";
import { Icon } from "./icon.tsx";

/** What the kit needs to know of a form (useForm). */
interface FormState {
  busy: boolean;
  problem: { message: string | null; reasons?: readonly string[] };
  load?: { busy: boolean; run: () => Promise<void> } | null;
  submit: (event: FormEvent) => void;
}

/** Fields below each other. */
export function Form({
  form,
  className = "space-y-4",
  children,
}: {
  form: FormState;
  className?: string;
  children: ReactNode;
}) {
  return (
    <form onSubmit={form.submit} className={className}>
      {children}
    </form>
  );
}

/**
 * Why the server refused the whole form, announced when it appears. It stands above the form's buttons. Where another
 * person saved meanwhile, a button loads what is saved now.
 */
export function FormFailure({ form, className }: { form: Pick<FormState, "problem" | "load">; className?: string }) {
  const { problem, load } = form;
  if (problem.message === null) return null;
  return (
    <div className={cx("text-xs text-danger", className)}>
      <div role="alert">
        <p>{problem.message}</p>
        <Reasons texts={problem.reasons ?? []} />
      </div>
      {load ? (
        <Button
          className="mt-2"
          busy={load.busy}
          onClick={(event) => {
            const field = event.currentTarget.form?.querySelector<HTMLElement>("input, select, textarea");
            // The button goes with the problem: the keyboard goes on where the form begins.
            void load.run().then(() => field?.focus());
          }}
        >
          Load what is saved now
        </Button>
      ) : null}
    </div>
  );
}

/** What a refusal names one by one. */
export function Reasons({ texts }: { texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <ul className="mt-1 list-disc pl-4 text-xs">
      {texts.map((text) => (
        <li key={text} className="[overflow-wrap:anywhere]">
          {text}
        </li>
      ))}
    </ul>
  );
}

/** The failure of a form that has a page to itself: above its fields, where the page begins. */
export function FormNotice({ message }: { message: string | null }) {
  if (!message) return null;
  return (
    <p role="alert" className="flex items-start gap-2 rounded-md bg-dangersoft px-3 py-2 text-danger">
      <Icon name="warning" className="mt-0.5 size-4" />
      <span>{message}</span>
    </p>
  );
}

/** Form in a dialog: fields, what the server refuses, and its buttons. */
export function DialogForm({
  form,
  submit,
  look = "solid",
  isIncomplete,
  onCancel,
  aside,
  className,
  children,
}: {
  form: FormState;
  /** Text of the button that sends it. */
  submit: string;
  look?: "solid" | "danger";
  /** Nothing can be sent yet. */
  isIncomplete?: boolean;
  onCancel: () => void;
  /** A button at the left of the others. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Form form={form} className={className}>
      {children}
      <FormFailure form={form} />
      <DialogActions>
        {aside}
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look={look} busy={form.busy} disabled={isIncomplete}>
          {submit}
        </Button>
      </DialogActions>
    </Form>
  );
}
