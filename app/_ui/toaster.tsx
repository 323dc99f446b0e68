"use client";

import { Toaster as Sonner, toast as sonnerToast } from "sonner";

/** Container of toasts, styled with the tokens of both themes. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      duration={6000}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-start gap-3 font-sans rounded-lg border border-edge bg-surface p-3 text-sm text-ink shadow-pop lg:w-[340px]",
          description: "text-xs text-ink2",
          actionButton: "ml-auto shrink-0 font-medium text-accent",
          error: "!border-danger",
        },
      }}
    />
  );
}

export const toast = sonnerToast;
