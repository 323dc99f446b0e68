"use client";

import { useState } from "react";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { Switch } from "#app/_ui/switch.tsx";
import { Refusal } from "./refusal.tsx";
import { useChange } from "./use-change.ts";

/** Switch that pauses all overrides after a confirmation; the rules stay as they are. */
export function PauseSwitch({ isPaused, why }: { isPaused: boolean; why: string | null }) {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Switch label="Overrides" isOn={!isPaused} why={why} onSwitch={() => setIsAsking(true)}>
        <span className="hidden sm:inline">Overrides </span>
        {isPaused ? "off" : "on"}
      </Switch>
      {isAsking ? <PauseDialog isPaused={isPaused} onClose={() => setIsAsking(false)} /> : null}
    </>
  );
}

function PauseDialog({ isPaused, onClose }: { isPaused: boolean; onClose: () => void }) {
  const change = useChange("/api/rules/pause");
  const confirm = () => change.mutate({ paused: !isPaused }, { onSuccess: onClose });
  return (
    <ConfirmDialog
      title={isPaused ? "Resume overrides?" : "Pause all overrides?"}
      description={
        isPaused
          ? "The rules apply again, to running sessions too."
          : "Every request gets the model it asks for, in running sessions too. The rules stay as they are."
      }
      go={isPaused ? "Resume overrides" : "Pause all overrides"}
      busy={change.isPending}
      autoFocus
      onStay={onClose}
      onGo={confirm}
    >
      <p className="text-ink2">
        This is published as a new version that changes one word, so it can be seen in the history and rolled back.
      </p>
      <Refusal error={change.error} />
    </ConfirmDialog>
  );
}
