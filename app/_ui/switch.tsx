import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** Switch with its state in words. A disabled one shows the reason. */
export function Switch({
  label,
  isOn,
  why,
  onSwitch,
  children,
}: {
  label: string;
  isOn: boolean;
  why?: string | null;
  onSwitch: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-label={label}
      aria-disabled={why ? true : undefined}
      title={why ?? undefined}
      onClick={() => !why && onSwitch()}
      className={cx(
        "inline-flex h-8 items-center gap-2 rounded-md px-2 text-ink2",
        why ? "cursor-not-allowed opacity-50" : "hover:bg-sunken hover:text-ink",
      )}
    >
      <span
        aria-hidden="true"
        className={cx(
          "relative h-[18px] w-8 shrink-0 rounded-full border transition-colors",
          isOn ? "border-saved bg-saved" : "border-field bg-sunken",
        )}
      >
        <span
          className={cx(
            "absolute top-[2px] size-3 rounded-full transition-[left]",
            isOn ? "left-[16px] bg-surface" : "left-[2px] bg-field",
          )}
        />
      </span>
      <span className="whitespace-nowrap">{children}</span>
    </button>
  );
}
