"use client";

import { useState } from "react";
import { useAction } from "#app/_data/use-action.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";

/** Confirmation before every session of a person ends, with a choice to revoke access tokens. */
export function SignOutEverywhere({
  open,
  onClose,
  title,
  description,
  onConfirm,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  description: string;
  onConfirm: (body: { tokens: boolean }) => Promise<unknown>;
}) {
  const [tokens, setTokens] = useState(true);
  const { busy, run } = useAction("Nothing was ended", () => onConfirm({ tokens }));
  return (
    <Dialog open={open} onClose={onClose} title={title} description={description}>
      <label className="flex cursor-pointer items-start gap-3 rounded-md border border-line px-3 py-2.5">
        <input
          type="checkbox"
          checked={tokens}
          onChange={(event) => setTokens(event.target.checked)}
          className="mt-0.5 size-4 shrink-0 accent-[var(--accent)]"
        />
        <span>
          <span className="font-medium">Revoke access tokens, too</span>
          <span className="block text-xs text-ink2">
            Scripts that use them stop working. Leave this off if only a browser was left open somewhere.
          </span>
        </span>
      </label>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" busy={busy} onClick={() => void run()}>
          Sign out everywhere
        </Button>
      </DialogActions>
    </Dialog>
  );
}
