"use client";

import { cx } from "./cx.ts";

/** Radio group of two to four options in a row. */
export function Segmented<T extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
}) {
  const move = (step: number, group: HTMLElement) => {
    const index = options.findIndex((option) => option.value === value);
    const to = (index + step + options.length) % options.length;
    const next = options[to];
    if (!next) return;
    onChange(next.value);
    (group.children[to] as HTMLElement).focus();
  };
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className="flex rounded-md border border-line p-0.5 text-xs"
      onKeyDown={(event) => {
        if (event.key === "ArrowRight" || event.key === "ArrowDown") move(1, event.currentTarget);
        if (event.key === "ArrowLeft" || event.key === "ArrowUp") move(-1, event.currentTarget);
      }}
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: a native radio cannot hold this look; roles and keys are complete
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
          className={cx(
            "h-6 rounded-sm px-2",
            option.value === value ? "bg-sunken font-medium" : "text-ink2 hover:text-ink",
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
