"use client";

import { Dialog } from "#app/_ui/dialog.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import type { AlertKindView } from "./queries.ts";

/** Dialog that asks for the kind of a new alert; mounted while it is open. */
export function NewAlertDialog({
  kinds,
  onChoose,
  onClose,
}: {
  kinds: readonly AlertKindView[];
  onChoose: (kind: AlertKindView["kind"]) => void;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="New alert"
      description="A second alert of a kind has its own threshold and channels. What should it watch?"
    >
      <ul className="-mx-2">
        {kinds.map(({ kind, name, about }) => (
          <li key={kind}>
            <button
              type="button"
              onClick={() => onChoose(kind)}
              className="flex w-full items-center gap-3 rounded-md px-2 py-2 text-left hover:bg-sunken"
            >
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{name}</span>
                <span className="block text-xs text-ink2">{about}</span>
              </span>
              <Icon name="right" className="size-3.5 text-ink3" />
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
