"use client";

import { type InputHTMLAttributes, useState } from "react";
import { TextField } from "#app/_ui/field.tsx";

/** Password field with a show button; pasting and password managers work. */
export function PasswordField({
  label = "Password",
  isNew,
  hint,
  error,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & {
  label?: string;
  /** True for a new password, false for an existing one. */
  isNew?: boolean;
  hint?: string;
  error?: string | null;
}) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="relative">
      <TextField
        {...rest}
        label={label}
        error={error}
        hint={hint ?? (isNew ? "At least 12 characters. A few unrelated words are good." : undefined)}
        type={isShown ? "text" : "password"}
        autoComplete={isNew ? "new-password" : "current-password"}
        autoCapitalize="off"
        spellCheck={false}
        minLength={isNew ? 12 : undefined}
        required
        className="pr-16"
      />
      <button
        type="button"
        aria-pressed={isShown}
        aria-label={`${isShown ? "Hide" : "Show"} ${label.toLowerCase()}`}
        onClick={() => setShown(!isShown)}
        className="absolute right-1 top-[29px] h-6 rounded-sm px-2 text-xs text-ink2 hover:bg-sunken hover:text-ink"
      >
        {isShown ? "Hide" : "Show"}
      </button>
    </div>
  );
}
