"use client";

import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Dialog, DialogActions } from "./dialog.tsx";

/** Dialog with one question and two answers; mounted while it is open. */
export function ConfirmDialog({
  title,
  description,
  children,
  stay = "Cancel",
  go,
  isDamage,
  busy,
  why,
  autoFocus,
  onStay,
  onGo,
}: {
  title: string;
  description?: string;
  children?: ReactNode;
  stay?: string;
  go: string;
  /** The answer destroys something. */
  isDamage?: boolean;
  busy?: boolean;
  /** Why it cannot be done. */
  why?: string | null;
  /** Enter answers with `go`. */
  autoFocus?: boolean;
  onStay: () => void;
  onGo: () => void;
}) {
  return (
    <Dialog open onClose={onStay} title={title} description={description}>
      {children}
      <DialogActions>
        <Button onClick={onStay}>{stay}</Button>
        <Button look={isDamage ? "danger" : "solid"} busy={busy} why={why} onClick={onGo} autoFocus={autoFocus}>
          {go}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
