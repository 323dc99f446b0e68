"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { roleWords } from "#app/_data/role-words.ts";
import { useSubmit } from "#app/_data/use-submit.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { TextField } from "#app/_ui/field.tsx";
import type { Role } from "#core/access/roles.ts";
import { SecretOnce } from "../_parts/secret-once.tsx";
import { linkAddress } from "./link-address.ts";
import type { Me } from "./page-facts.ts";
import { RoleChoice } from "./role-choice.tsx";

interface Props {
  open: boolean;
  onClose: () => void;
  me: Me;
  publicUrl: string | null;
}

export function InviteDialog({ open, onClose, me, publicUrl }: Props) {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("developer");
  const [link, setLink] = useState<string | null>(null);

  const { busy, problem, submit, clearProblem } = useSubmit(async () => {
    const { path } = await sendJson<{ path: string }>("POST", "/api/team/invites", { email, role });
    setLink(linkAddress(path, publicUrl));
    await client.invalidateQueries({ queryKey: ["team"] });
  });
  const another = () => {
    setLink(null);
    setEmail("");
  };
  const close = () => {
    another();
    clearProblem();
    onClose();
  };

  if (link) {
    return (
      <Dialog
        open={open}
        onClose={close}
        title={`${email} is invited`}
        description={`As ${roleWords[role].label.toLowerCase()}.`}
      >
        <SecretOnce secret={link} label="Send them this link">
          It works once, for three days, for this address only. It is not shown again; inviting the address again makes
          a fresh one.
        </SecretOnce>
        <DialogActions>
          <Button onClick={another}>Invite another</Button>
          <Button look="solid" onClick={close}>
            Done
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog open={open} onClose={close} title="Invite a person" description="You get a link to send to them.">
      <form onSubmit={submit} className="space-y-4">
        <TextField
          label="E-mail address"
          type="email"
          required
          autoFocus
          autoComplete="off"
          value={email}
          error={problem.fields.email ?? problem.message}
          onChange={(event) => setEmail(event.target.value)}
        />
        <RoleChoice value={role} onChange={setRole} canMakeOwner={me.role === "owner"} />
        <DialogActions>
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="solid" busy={busy}>
            Create invitation link
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
