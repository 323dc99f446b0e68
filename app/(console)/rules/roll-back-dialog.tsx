"use client";

import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useState } from "react";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import { paths } from "#app/paths.ts";
import { Comparison } from "./comparison.tsx";
import { ruleQueries } from "./queries.ts";
import { Refusal } from "./refusal.tsx";
import type { DiffView } from "./url.ts";
import { useChange } from "./use-change.ts";

export const appliesChoices = [
  { value: "new-sessions", label: "New sessions" },
  { value: "now", label: "Now" },
] as const;
type Applies = (typeof appliesChoices)[number]["value"];

interface Props {
  to: number;
  live: number;
  why: string | null;
  onClose: () => void;
}

/**
 * Dialog that rolls back in one step and shows the changes. Long because what is compared and chosen decides together
 * whether it may be rolled back.
 */
export function RollBackDialog({ to, live, why, onClose }: Props) {
  const router = useRouter();
  const comparison = useQuery(ruleQueries.compare(live, to));
  const change = useChange("/api/rules/roll-back");
  const [view, setView] = useState<DiffView>("meaning");
  const [applies, setApplies] = useState<Applies>("new-sessions");
  const isUnneeded = to === live || comparison.data?.diff.hunks.length === 0;
  const blocked = why ?? (isUnneeded ? `The rules of v${to} are live already.` : null);

  const close = () => {
    onClose();
    // The address may have opened the dialog.
    if (location.search.includes("roll-back=")) router.replace(paths.rules(), { scroll: false });
  };
  const confirm = () => {
    if (!blocked) change.mutate({ to, basedOn: live, applies }, { onSuccess: close });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) confirm();
  };
  return (
    <Dialog
      open
      wide
      onClose={close}
      title={`Roll back to v${to}`}
      description={`The rules of v${to} are published again as v${live + 1}. Nothing is lost: v${live} stays in the history.`}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the button below, not a separate control */}
      <div onKeyDown={onKeyDown}>
        {comparison.data ? (
          <>
            <p className="mb-2 text-ink2">
              v{to}: “{comparison.data.to.comment}”, by {comparison.data.to.actorName}. What changes from v{live}:
            </p>
            <Comparison {...comparison.data} view={view} onView={setView} />
          </>
        ) : comparison.error ? (
          <ErrorCard
            title={`v${to} could not be compared`}
            message={comparison.error.message}
            onRetry={() => void comparison.refetch()}
          />
        ) : (
          <div aria-hidden="true" className="skeleton h-28" />
        )}
        <Refusal error={change.error} />
        {blocked ? <p className="mt-3 text-xs text-danger">{blocked}</p> : null}
        <DialogActions isSticky>
          <div className="mr-auto flex items-center gap-2 text-xs text-ink2">
            Applies to
            <Segmented label="Applies to" options={appliesChoices} value={applies} onChange={setApplies} />
          </div>
          <Button onClick={close}>Cancel</Button>
          <Button look="solid" why={blocked} busy={change.isPending} onClick={confirm} autoFocus>
            Roll back to v{to}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
