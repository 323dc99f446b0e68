import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "#app/_ui/link.tsx";
import { cx } from "./cx.ts";

type Look = "solid" | "plain" | "quiet" | "danger";

const looks: Record<Look, string> = {
  solid: "bg-solid text-onsolid font-medium hover:opacity-90",
  plain: "border border-line bg-surface text-ink hover:bg-sunken",
  quiet: "text-ink2 hover:bg-sunken hover:text-ink",
  danger: "border border-danger text-danger bg-surface hover:bg-dangersoft font-medium",
};

const BASE = "inline-flex h-8 shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md px-3 text-sm";
const BLOCKED = "cursor-not-allowed opacity-50";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  /** Disables the button with this sentence as its explanation. */
  why?: string | null;
  busy?: boolean;
}

/**
 * Button. A disabled one shows the reason and stays focusable: the browser would take the focus from a button that its own press
 * disables. Buttons for other roles are not drawn.
 */
export function Button({
  look = "plain",
  why,
  busy,
  className,
  children,
  disabled,
  onClick,
  type,
  ...rest
}: ButtonProps) {
  const blocked = Boolean(disabled) || Boolean(why) || Boolean(busy);
  return (
    <button
      {...rest}
      type={type ?? "button"}
      aria-disabled={blocked || undefined}
      aria-busy={busy || undefined}
      title={why ?? rest.title}
      onClick={blocked ? (event) => event.preventDefault() : onClick}
      className={cx(BASE, looks[look], blocked && BLOCKED, className)}
    >
      {children}
    </button>
  );
}

/** Link that looks like a button. */
export function LinkButton({
  href,
  look = "plain",
  className,
  children,
}: {
  href: string;
  look?: Look;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Link href={href} className={cx(BASE, looks[look], className)}>
      {children}
    </Link>
  );
}

/** Button of an icon, with its name for screen readers and as a tip. A disabled one stays focusable, as `Button`. */
export function IconButton({
  label,
  className,
  children,
  disabled,
  onClick,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { label: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      aria-disabled={disabled || undefined}
      title={label}
      onClick={disabled ? undefined : onClick}
      className={cx(
        "inline-flex size-8 items-center justify-center rounded-md text-ink2 hover:bg-sunken hover:text-ink",
        disabled && BLOCKED,
        className,
      )}
    >
      {children}
    </button>
  );
}
