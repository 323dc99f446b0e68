"use client";

import { useState } from "react";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Refusal } from "./refusal.tsx";
import { useChange } from "./use-change.ts";

/** Switch that pauses all overrides after a confirmation; the rules stay as they are. */
export function PauseSwitch({ isPaused, why }: { isPaused: boolean; why: string | null }) {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        role="switch"
        aria-checked={!isPaused}
        aria-label="Overrides"
        aria-disabled={why ? true : undefined}
        title={why ?? undefined}
        onClick={() => !why && setIsAsking(true)}
        className={cx(
          "inline-flex h-8 items-center gap-2 rounded-md px-2 text-ink2",
          why ? "cursor-not-allowed opacity-50" : "hover:bg-sunken hover:text-ink",
        )}
      >
        <span
          aria-hidden="true"
          className={cx(
            "relative h-[18px] w-8 shrink-0 rounded-full border transition-colors",
            isPaused ? "border-field bg-sunken" : "border-saved bg-saved",
          )}
        >
          <span
            className={cx(
              "absolute top-[2px] size-3 rounded-full transition-[left]",
              isPaused ? "left-[2px] bg-field" : "left-[16px] bg-surface",
            )}
          />
        </span>
        <span className="whitespace-nowrap">
          <span className="hidden sm:inline">Overrides </span>
          {isPaused ? "off" : "on"}
        </span>
      </button>
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
