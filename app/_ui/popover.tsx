"use client";

import { Popover as Radix } from "radix-ui";
import type { ReactNode } from "react";

/** Panel behind a button: traps and restores the focus, closes on Escape. `trigger` must be one element that accepts a ref. */
export function Popover({
  open,
  onOpenChange,
  trigger,
  label,
  children,
  align = "end",
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  trigger: ReactNode;
  label: string;
  children: ReactNode;
  align?: "start" | "end";
}) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={6}
          collisionPadding={12}
          aria-label={label}
          className="z-50 max-h-[min(520px,var(--radix-popover-content-available-height))] max-w-[calc(100vw-24px)] overflow-y-auto rounded-lg border border-edge bg-surface p-1 text-sm shadow-pop"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
