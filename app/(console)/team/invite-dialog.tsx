"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { roleWords } from "#app/_data/role-words.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import type { Role } from "#core/access/roles.ts";
import { SecretOnce } from "../_parts/secret-once.tsx";
import { linkAddress } from "./link-address.ts";
import { type Me, mayMakeOwner } from "./page-facts.ts";
import { RoleChoice } from "./role-choice.tsx";

interface Props {
  onClose: () => void;
  me: Me;
  publicUrl: string | null;
}

/** Dialog that invites an address and shows its link once; mounted while it is open. */
export function InviteDialog({ onClose, me, publicUrl }: Props) {
  const client = useQueryClient();
  const [link, setLink] = useState<string | null>(null);
  const form = useForm(
    { email: "", role: "developer" as Role },
    async (values) => {
      const { path } = await sendJson<{ path: string }>("POST", "/api/team/invites", values);
      setLink(linkAddress(path, publicUrl));
      await client.invalidateQueries({ queryKey: ["team"] });
    },
    { failureAt: "email" },
  );
  const { email, role } = form.values;
  const another = () => {
    setLink(null);
    form.set({ email: "" });
  };

  if (link) {
    return (
      <Dialog
        open
        onClose={onClose}
        title={`${email} is invited`}
        description={`As ${roleWords[role].label.toLowerCase()}.`}
      >
        <SecretOnce secret={link} label="Send them this link">
          It works once, for three days, for this address only. It is not shown again; inviting the address again makes
          a fresh one.
        </SecretOnce>
        <DialogActions>
          <Button onClick={another}>Invite another</Button>
          <Button look="solid" onClick={onClose}>
            Done
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title="Invite a person" description="You get a link to send to them.">
      <DialogForm form={form} submit="Create invitation link" onCancel={onClose}>
        <TextField label="E-mail address" type="email" required autoFocus autoComplete="off" {...form.input("email")} />
        <RoleChoice {...form.choice("role")} canMakeOwner={mayMakeOwner(me)} />
      </DialogForm>
    </Dialog>
  );
}
