"use client";

import { Diff } from "#app/_ui/diff.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import type { RuleChange } from "#core/rules/compare.ts";
import type { LineDiff } from "#core/rules/line-diff.ts";
import { ChangeList } from "./change-list.tsx";
import type { DiffView } from "./url.ts";

const views = [
  { value: "meaning", label: "In words" },
  { value: "side", label: "Side by side" },
  { value: "text", label: "Text" },
] as const;

interface Props {
  changes: readonly RuleChange[];
  diff: LineDiff;
  view: DiffView;
  onView: (view: DiffView) => void;
  /** Text shown instead of the differences in words when there are none. */
  unreadable?: string | null;
}

/** Comparison of two rules texts: differences in meaning, or by line. */
export function Comparison({ changes, diff, view, onView, unreadable }: Props) {
  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <Segmented label="Show differences" options={views} value={view} onChange={onView} />
        <span className="tn text-xs text-ink3">
          <span className="text-saved">+{diff.addedLines}</span>{" "}
          <span className="text-danger">−{diff.removedLines}</span> lines
        </span>
      </div>
      {view === "meaning" ? (
        unreadable ? (
          <p className="text-ink2">{unreadable}</p>
        ) : (
          <ChangeList changes={changes} hasTextChanges={diff.hunks.length > 0} />
        )
      ) : (
        <Diff diff={diff} sideBySide={view === "side"} />
      )}
    </div>
  );
}
