"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { reportFailure } from "#app/_data/use-action.ts";
import { Button, IconButton } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "#app/_ui/menu.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { ChangeRoleDialog } from "./change-role-dialog.tsx";
import type { Me } from "./page-facts.ts";
import { PersonLimitsDialog } from "./person-limits-dialog.tsx";
import type { LimitsView, TeamPerson } from "./queries.ts";
import { ResetLinkDialog } from "./reset-link-dialog.tsx";
import { SessionsDialog } from "./sessions-dialog.tsx";

/** Menu of actions on a person. Actions that are not allowed are shown with the reason. */
export function PersonActions({
  person,
  me,
  isLastOwner,
  limits,
  publicUrl,
}: {
  person: TeamPerson;
  me: Me;
  isLastOwner: boolean;
  limits: LimitsView;
  publicUrl: string | null;
}) {
  const [open, setOpen] = useState<"role" | "limits" | "reset" | "sessions" | "disable" | null>(null);
  const setEnabled = useSetEnabled(person);
  const isOwnerFromBelow = person.role === "owner" && me.role !== "owner";
  const why = isOwnerFromBelow
    ? "Only owners may change an owner."
    : isLastOwner
      ? "An installation keeps at least one active owner."
      : null;
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${person.name}`}>
            <Icon name="dots" />
          </IconButton>
        }
      >
        {why ? (
          <div className="max-w-[220px]">
            <MenuLabel>{why}</MenuLabel>
          </div>
        ) : null}
        <MenuItem disabled={why !== null} onSelect={() => setOpen("role")}>
          Change role …
        </MenuItem>
        <MenuItem onSelect={() => setOpen("limits")}>Limits and team …</MenuItem>
        <MenuItem disabled={isOwnerFromBelow} onSelect={() => setOpen("reset")}>
          Password reset link …
        </MenuItem>
        <MenuItem disabled={isOwnerFromBelow} onSelect={() => setOpen("sessions")}>
          Sessions …
        </MenuItem>
        <MenuSeparator />
        {person.disabledAt ? (
          <MenuItem disabled={isOwnerFromBelow} onSelect={() => void setEnabled(true)}>
            Enable
          </MenuItem>
        ) : (
          <MenuItem danger disabled={why !== null} onSelect={() => setOpen("disable")}>
            Disable …
          </MenuItem>
        )}
      </Menu>
      <ChangeRoleDialog open={open === "role"} onClose={close} person={person} me={me} />
      <PersonLimitsDialog
        person={open === "limits" ? (limits.people.find(({ id }) => id === person.id) ?? null) : null}
        view={limits}
        onClose={close}
      />
      <ResetLinkDialog open={open === "reset"} onClose={close} person={person} publicUrl={publicUrl} />
      <SessionsDialog open={open === "sessions"} onClose={close} person={person} />
      <Dialog
        open={open === "disable"}
        onClose={close}
        title={`Disable ${person.name}?`}
        description={`${person.id === me.id ? "You are" : "They are"} signed out everywhere at once, their access tokens are revoked for good, and their proxy keys stop working. Their history stays, and they can be enabled again.`}
      >
        <DialogActions>
          <Button onClick={close}>Cancel</Button>
          <Button look="danger" onClick={() => void setEnabled(false).then(close)}>
            Disable
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}

function useSetEnabled(person: TeamPerson) {
  const client = useQueryClient();
  return async (isEnabled: boolean) => {
    try {
      await sendJson("POST", `/api/team/people/${person.id}/${isEnabled ? "enable" : "disable"}`);
      toast(`${person.name} is ${isEnabled ? "enabled" : "disabled"}`);
      await Promise.all([
        client.invalidateQueries({ queryKey: ["team"] }),
        client.invalidateQueries({ queryKey: ["keys"] }),
        client.invalidateQueries({ queryKey: ["tokens"] }),
      ]);
    } catch (error) {
      reportFailure("Nothing was changed", error);
    }
  };
}
