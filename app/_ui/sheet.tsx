"use client";

import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { useOpener } from "./use-opener.ts";

/**
 * A panel from the side for one thing of a list: focus goes in, Escape closes, full screen on phones. `returnTo` finds
 * what gets the focus when it closes, which may be another row than the one it was opened from. Long because focus,
 * keys and closing are one behaviour.
 */
export function Sheet({
  open,
  onClose,
  title,
  aside,
  children,
  returnTo,
  onKey,
}: {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  returnTo?: () => HTMLElement | null;
  onKey?: (key: string) => void;
}) {
  const focusOpener = useOpener(open);
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/25" />
        <Radix.Content
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            const row = returnTo?.();
            if (row) row.focus();
            else focusOpener();
          }}
          onKeyDown={(event) => {
            if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
            onKey?.(event.key);
          }}
          className="fixed inset-0 z-50 flex flex-col border-edge bg-surface shadow-pop outline-none sm:left-auto sm:w-[560px] sm:border-l"
        >
          <div className="flex min-h-14 items-center gap-2 border-b border-line px-4 sm:px-5">
            <Radix.Title className="min-w-0 truncate text-base font-semibold">{title}</Radix.Title>
            <div className="-mr-2 ml-auto flex items-center gap-1">
              {aside}
              <Radix.Close asChild>
                <IconButton label="Close">
                  <Icon name="x" />
                </IconButton>
              </Radix.Close>
            </div>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <section aria-label="Details" tabIndex={0} className="min-h-0 flex-1 overflow-y-auto">
            {children}
          </section>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** True while the focus is in a text field, where single keys are letters. */
export const isTyping = (target: EventTarget): boolean =>
  target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);
