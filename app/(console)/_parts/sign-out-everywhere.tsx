"use client";

import { useState } from "react";
import { useAction } from "#app/_data/use-action.ts";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";

/** Confirmation before every session of a person ends, with a choice to revoke access tokens; mounted while it is open. */
export function SignOutEverywhere({
  onClose,
  title,
  description,
  onConfirm,
}: {
  onClose: () => void;
  title: string;
  description: string;
  onConfirm: (body: { tokens: boolean }) => Promise<unknown>;
}) {
  const [tokens, setTokens] = useState(true);
  const { busy, run } = useAction("Nothing was ended", () => onConfirm({ tokens }));
  return (
    <ConfirmDialog
      title={title}
      description={description}
      go="Sign out everywhere"
      isDamage
      busy={busy}
      onStay={onClose}
      onGo={() => void run()}
    >
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
    </ConfirmDialog>
  );
}
