"use client";

import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import type { CheckContext } from "./check-text.ts";
import { PublishDialog } from "./publish-dialog.tsx";
import { RebaseDialog } from "./rebase-dialog.tsx";
import type { Editing } from "./use-editing.ts";

interface Props {
  editing: Editing;
  context: CheckContext;
  /** Why this person may not publish. */
  why: string | null;
}

/** The open dialog of the editor. */
export function EditingDialog({ editing, context, why }: Props) {
  const { open, setOpen, checked, base, startFrom, published, discard } = editing;
  const close = () => setOpen(null);
  switch (open?.kind) {
    case "publish":
      return (
        <PublishDialog
          checked={checked}
          base={base}
          context={context}
          why={why}
          onPublished={published}
          onStale={(theirs) => setOpen({ kind: "rebase", theirs })}
          onClose={close}
        />
      );
    case "rebase":
      return (
        <RebaseDialog
          checked={checked}
          base={base}
          theirs={open.theirs}
          context={context}
          onContinue={(merged) => startFrom(open.theirs, merged)}
          onClose={close}
        />
      );
    case "discard":
      return (
        <ConfirmDialog
          title="Discard this draft?"
          stay="Keep the draft"
          go="Discard"
          isDamage
          onStay={close}
          onGo={() => void discard()}
        >
          <p className="text-ink2">The editor goes back to the live rules. What you typed is not kept.</p>
        </ConfirmDialog>
      );
    default:
      return null;
  }
}
