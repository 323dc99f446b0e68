"use client";

import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { useOpener } from "./use-opener.ts";

/** Modal dialog: traps and restores the focus, closes on Escape, full screen on phones. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  wide,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  children: ReactNode;
  wide?: boolean;
}) {
  const focusOpener = useOpener(open);
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            focusOpener();
          }}
          className={`fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] flex-col overflow-hidden rounded-t-lg border border-edge bg-surface shadow-pop sm:inset-x-auto sm:bottom-auto sm:left-1/2 sm:top-1/2 sm:w-full sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-lg ${wide ? "sm:max-w-[860px]" : "sm:max-w-[480px]"}`}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <div className="flex items-start gap-3 border-b border-line px-5 py-3.5">
            <div className="min-w-0">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {description ? <Radix.Description className="text-ink2">{description}</Radix.Description> : null}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close" className="-mr-2 -mt-1 ml-auto">
                <Icon name="x" />
              </IconButton>
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Buttons at the foot of a dialog. In a long dialog they stay in sight while its content scrolls. */
export function DialogActions({ isSticky, children }: { isSticky?: boolean; children: ReactNode }) {
  if (isSticky) {
    return (
      <div className="sticky -bottom-4 -mx-5 -mb-4 mt-5 flex flex-wrap items-center justify-end gap-2 border-t border-line bg-surface px-5 py-3">
        {children}
      </div>
    );
  }
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>;
}
