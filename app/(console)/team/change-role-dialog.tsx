"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { roleWords } from "#app/_data/role-words.ts";
import { useAction } from "#app/_data/use-action.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import type { Me } from "./page-facts.ts";
import type { TeamPerson } from "./queries.ts";
import { RoleChoice } from "./role-choice.tsx";

export function ChangeRoleDialog({
  open,
  onClose,
  person,
  me,
}: {
  open: boolean;
  onClose: () => void;
  person: TeamPerson;
  me: Me;
}) {
  const client = useQueryClient();
  const [role, setRole] = useState(person.role);
  useEffect(() => setRole(person.role), [person.role]);

  const { busy, run: save } = useAction("The role was not changed", async () => {
    await sendJson("POST", `/api/team/people/${person.id}/role`, { role });
    toast(`${person.name} is now ${roleWords[role].label.toLowerCase()}`);
    await client.invalidateQueries({ queryKey: ["team"] });
    onClose();
  });

  const isSelf = person.id === me.id;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Role of ${person.name}`}
      description={`${isSelf ? "You" : "They"} will have to sign in again, so that no old right lives on.`}
    >
      <RoleChoice value={role} onChange={setRole} canMakeOwner={me.role === "owner"} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look="solid"
          busy={busy}
          why={role === person.role ? "This is the role they have." : null}
          onClick={() => void save()}
        >
          Change role
        </Button>
      </DialogActions>
    </Dialog>
  );
}
