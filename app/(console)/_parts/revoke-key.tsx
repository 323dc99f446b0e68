"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { IconButton } from "#app/_ui/button.tsx";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { toast } from "#app/_ui/toaster.tsx";

/** Button that revokes a proxy key after a confirmation. */
export function RevokeKey({ id, name }: { id: string; name: string }) {
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);

  const { busy, run: revoke } = useAction("The key was not revoked", async () => {
    await sendJson("DELETE", `/api/keys/${id}`);
    await client.invalidateQueries({ queryKey: ["keys"] });
    toast(`Key “${name}” is revoked`, { description: "Every proxy refuses it within a second." });
    setOpen(false);
  });

  return (
    <>
      <IconButton label={`Revoke ${name}`} onClick={() => setOpen(true)}>
        <Icon name="x" />
      </IconButton>
      {isOpen ? (
        <ConfirmDialog
          title={`Revoke “${name}”?`}
          description="Requests with this key are refused from now on. This cannot be undone."
          stay="Keep key"
          go="Revoke key"
          isDamage
          busy={busy}
          onStay={() => setOpen(false)}
          onGo={() => void revoke()}
        />
      ) : null}
    </>
  );
}
