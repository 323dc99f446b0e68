"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { reportFailure } from "#app/_data/use-action.ts";
import { IconButton } from "#app/_ui/button.tsx";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "#app/_ui/menu.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { ChangeRoleDialog } from "./change-role-dialog.tsx";
import { type Me, mayMakeOwner } from "./page-facts.ts";
import { PersonLimitsDialog } from "./person-limits-dialog.tsx";
import type { LimitsView, TeamPerson } from "./queries.ts";
import { ResetLinkDialog } from "./reset-link-dialog.tsx";
import { SessionsDialog } from "./sessions-dialog.tsx";

/**
 * Menu of actions on a person. Actions that are not allowed are shown with the reason. Long because it is one menu:
 * each action with the dialog it opens.
 */
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
  const isOwnerFromBelow = person.role === "owner" && !mayMakeOwner(me);
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
      {open === "role" ? <ChangeRoleDialog onClose={close} person={person} me={me} /> : null}
      <PersonLimitsDialog
        person={open === "limits" ? (limits.people.find(({ id }) => id === person.id) ?? null) : null}
        view={limits}
        onClose={close}
      />
      {open === "reset" ? <ResetLinkDialog onClose={close} person={person} publicUrl={publicUrl} /> : null}
      {open === "sessions" ? <SessionsDialog onClose={close} person={person} /> : null}
      {open === "disable" ? (
        <ConfirmDialog
          title={`Disable ${person.name}?`}
          description={`${person.id === me.id ? "You are" : "They are"} signed out everywhere at once, their access tokens are revoked for good, and their proxy keys stop working. Their history stays, and they can be enabled again.`}
          go="Disable"
          isDamage
          onStay={close}
          onGo={() => void setEnabled(false).then(close)}
        />
      ) : null}
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
