"use client";

import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { cx } from "./cx.ts";

const BOX =
  "w-full rounded-md border border-field bg-surface px-2.5 text-sm text-ink aria-invalid:border-danger disabled:opacity-60";

interface Labelled {
  label: string;
  hint?: ReactNode;
  error?: string | null;
}

/** Field with label above and hint below; an error replaces the hint and is announced. */
function Field({ id, label, hint, error, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      {children}
      {error ? (
        <FieldError id={`${id}-note`} text={error} />
      ) : hint ? (
        <p id={`${id}-note`} className="mt-1 text-xs text-ink3">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

/** Problem of a field, announced when it appears. */
export function FieldError({ id, text }: { id?: string; text: string | undefined }) {
  if (!text) return null;
  return (
    <p id={id} role="alert" className="mt-1 text-xs text-danger">
      {text}
    </p>
  );
}

/** Text input with its label, hint and error. */
export function TextField({
  label,
  hint,
  error,
  className,
  ...rest
}: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <input
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        className={cx(BOX, "h-9", className)}
      />
    </Field>
  );
}

/** Text area with its label, hint and error. */
export function TextAreaField({
  label,
  hint,
  error,
  className,
  ...rest
}: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <textarea
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        className={cx(BOX, "block resize-y py-1.5 leading-5", className)}
      />
    </Field>
  );
}

/** Choice of one from a list, with its label, hint and error. */
export function SelectField({
  label,
  hint,
  error,
  className,
  children,
  ...rest
}: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <select
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        className={cx(BOX, "h-9", className)}
      >
        {children}
      </select>
    </Field>
  );
}
