"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { roleWords } from "#app/_data/role-words.ts";
import { useAction } from "#app/_data/use-action.ts";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { type Me, mayMakeOwner } from "./page-facts.ts";
import type { TeamPerson } from "./queries.ts";
import { RoleChoice } from "./role-choice.tsx";

/** Dialog to change a person's role; mounted while it is open. */
export function ChangeRoleDialog({ onClose, person, me }: { onClose: () => void; person: TeamPerson; me: Me }) {
  const client = useQueryClient();
  const [role, setRole] = useState(person.role);
  const { busy, run: save } = useAction("The role was not changed", async () => {
    await sendJson("POST", `/api/team/people/${person.id}/role`, { role });
    toast(`${person.name} is now ${roleWords[role].label.toLowerCase()}`);
    await client.invalidateQueries({ queryKey: ["team"] });
    onClose();
  });
  return (
    <ConfirmDialog
      title={`Role of ${person.name}`}
      description={`${person.id === me.id ? "You" : "They"} will have to sign in again, so that no old right lives on.`}
      go="Change role"
      busy={busy}
      why={role === person.role ? "This is the role they have." : null}
      onStay={onClose}
      onGo={() => void save()}
    >
      <RoleChoice value={role} onChange={setRole} canMakeOwner={mayMakeOwner(me)} />
    </ConfirmDialog>
  );
}
