"use client";

import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";

interface Props {
  title: string;
  text: string;
  stay: string;
  go: string;
  isDamage?: boolean;
  onStay: () => void;
  onGo: () => void;
}

/** Dialog with one question and two answers. */
export function ConfirmDialog({ title, text, stay, go, isDamage, onStay, onGo }: Props) {
  return (
    <Dialog open onClose={onStay} title={title}>
      <p className="text-ink2">{text}</p>
      <DialogActions>
        <Button onClick={onStay}>{stay}</Button>
        <Button look={isDamage ? "danger" : "solid"} onClick={onGo} autoFocus={!isDamage}>
          {go}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
