"use client";

import { useMemo } from "react";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import { ChangeList } from "../change-list.tsx";
import type { BaseVersion } from "../queries.ts";
import { type CheckContext, type Checked, changesBetween, readRules } from "./check-text.ts";
import { mergeText } from "./merge-text.ts";

interface Props {
  checked: Checked;
  base: BaseVersion;
  theirs: BaseVersion;
  context: CheckContext;
  onContinue: (text: string) => void;
  onClose: () => void;
}

/**
 * Conflict with a version published during editing: both changes side by side, and a way to merge them. Long because
 * both sides of the conflict and the choice between them are one dialog.
 */
export function RebaseDialog({ checked, base, theirs, context, onContinue, onClose }: Props) {
  const { text, ruleSet } = checked;
  const theirChanges = useMemo(
    () => changesBetween(base.toml, readRules(theirs.toml, context), context),
    [base.toml, theirs.toml, context],
  );
  const ourChanges = useMemo(
    () => (ruleSet ? changesBetween(base.toml, ruleSet, context) : null),
    [base.toml, ruleSet, context],
  );
  const merged = useMemo(
    () => mergeText(base.toml, text, theirs.toml, `${theirs.actorName} (v${theirs.number})`),
    [base.toml, text, theirs],
  );
  const places = `${formatCounted(merged.conflicts, "place")} ${pluralize(merged.conflicts, "was", "were")}`;
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={`v${theirs.number} was published meanwhile`}
      description={`${theirs.actorName}: ${theirs.comment}`}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <section className="rounded-md border border-line p-3">
          <h3 className="mb-2 text-xs font-medium text-ink2">
            {theirs.actorName}’s change, v{base.number ?? 0} → v{theirs.number}
          </h3>
          <ChangeList changes={theirChanges} hasTextChanges={base.toml !== theirs.toml} />
        </section>
        <section className="rounded-md border border-line p-3">
          <h3 className="mb-2 text-xs font-medium text-ink2">Your change, not published</h3>
          {ourChanges ? (
            <ChangeList changes={ourChanges} hasTextChanges={base.toml !== text} />
          ) : (
            <p className="text-ink2">Your text has errors, so its changes cannot be described.</p>
          )}
        </section>
      </div>
      <p className="mt-3 text-ink2">
        {merged.conflicts === 0
          ? `Both fit together: your change is carried over onto v${theirs.number}.`
          : `${places} changed by both. Yours stands there; theirs is kept above it as comments for you to decide.`}{" "}
        Nothing is published yet, and ⌘Z takes the step back.
      </p>
      <DialogActions isSticky>
        <Button onClick={onClose}>Not now</Button>
        <Button look="solid" onClick={() => onContinue(merged.text)} autoFocus>
          Continue on top of v{theirs.number}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
