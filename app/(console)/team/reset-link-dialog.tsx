"use client";

import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { SecretOnce } from "../_parts/secret-once.tsx";
import { linkAddress } from "./link-address.ts";
import type { TeamPerson } from "./queries.ts";

/** Dialog that makes a password reset link and shows it once; mounted while it is open. */
export function ResetLinkDialog({
  onClose,
  person,
  publicUrl,
}: {
  onClose: () => void;
  person: TeamPerson;
  publicUrl: string | null;
}) {
  const [link, setLink] = useState<string | null>(null);

  const { busy, run: make } = useAction("No link was created", async () => {
    const { path } = await sendJson<{ path: string }>("POST", `/api/team/people/${person.id}/reset`);
    setLink(linkAddress(path, publicUrl));
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Reset link for ${person.name}`}
      description="A link that works once, for one hour. Until it is used the old password goes on working."
    >
      {link ? (
        <SecretOnce secret={link} label="Send this to them">
          Use a channel only they can read: the first person to open the link sets the password.
        </SecretOnce>
      ) : null}
      <DialogActions>
        <Button onClick={onClose}>{link ? "Done" : "Cancel"}</Button>
        {link ? null : (
          <Button look="solid" busy={busy} onClick={() => void make()}>
            Make link
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
