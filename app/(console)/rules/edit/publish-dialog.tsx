"use client";

import { type KeyboardEvent, useMemo, useState } from "react";
import { ApiError } from "#app/_data/get-json.ts";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import { diffLines } from "#core/rules/line-diff.ts";
import { Comparison } from "../comparison.tsx";
import type { BaseVersion, VersionView } from "../queries.ts";
import { Refusal } from "../refusal.tsx";
import { appliesChoices } from "../roll-back-dialog.tsx";
import type { DiffView } from "../url.ts";
import { useChange } from "../use-change.ts";
import { type CheckContext, type Checked, changesBetween } from "./check-text.ts";
import { TestResults } from "./test-results.tsx";

interface Props {
  checked: Checked;
  base: BaseVersion;
  context: CheckContext;
  /** Why this person may not publish. */
  why: string | null;
  onPublished: (version: VersionView) => void;
  /** Another version was published meanwhile. */
  onStale: (theirs: BaseVersion) => void;
  onClose: () => void;
}

/**
 * The confirmation before publishing: changes, test results, comment, and the sessions it applies to. Long because what
 * is compared, tested, typed and refused decides together whether it may be published.
 */
export function PublishDialog({ checked, base, context, why, onPublished, onStale, onClose }: Props) {
  const change = useChange("/api/rules/publish");
  const [comment, setComment] = useState("");
  const [applies, setApplies] = useState<(typeof appliesChoices)[number]["value"]>("new-sessions");
  const [isMissed, setIsMissed] = useState(false);
  const [view, setView] = useState<DiffView>("meaning");
  const { text, ruleSet, tests } = checked;
  const diff = useMemo(() => diffLines(base.toml, text), [base.toml, text]);
  const changes = useMemo(
    () => (ruleSet ? changesBetween(base.toml, ruleSet, context) : []),
    [base.toml, ruleSet, context],
  );
  const failing = tests.filter((test) => !test.ok).length;
  const blocked = why ?? (failing > 0 ? "A test is failing. Fix the rules or the test first." : null);
  const number = (base.number ?? 0) + 1;

  const publish = () => {
    if (blocked || change.isPending) return;
    if (comment.trim() === "") return setIsMissed(true);
    change.mutate(
      { toml: text, comment, basedOn: base.number, applies },
      {
        onSuccess: ({ version }) => onPublished(version),
        onError: (error) => {
          const theirs = error instanceof ApiError ? staleVersionIn(error) : null;
          if (theirs) onStale(theirs);
        },
      },
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) publish();
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={`Publish v${number}`}
      description={base.number === null ? "The first version." : `What changes from v${base.number}:`}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the button below, not a separate control */}
      <div onKeyDown={onKeyDown} className="space-y-4">
        <Comparison changes={changes} diff={diff} view={view} onView={setView} />
        <TestResults tests={tests} isReadable={ruleSet !== null} />
        <TextField
          label="Comment"
          placeholder="Say in a few words what this version changes, and why"
          value={comment}
          maxLength={500}
          autoFocus
          error={isMissed && comment.trim() === "" ? "Say in a few words what this version changes." : null}
          onChange={(event) => setComment(event.target.value)}
        />
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <span className="font-medium">Applies to</span>
          <Segmented label="Applies to" options={appliesChoices} value={applies} onChange={setApplies} />
          <span className="text-xs text-ink2">
            {applies === "now"
              ? "Running sessions switch too, and pay for their prompt cache once more."
              : "Running sessions keep their model; their prompt cache stays warm."}
          </span>
        </div>
        <Refusal error={change.error} />
        <DialogActions isSticky>
          {blocked ? (
            <span className="mr-auto min-w-0 text-xs text-danger">{blocked}</span>
          ) : (
            <span className="mr-auto hidden text-xs text-ink3 sm:block">
              <kbd className="font-mono">⌘↵</kbd> publishes
            </span>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button look="solid" why={blocked} busy={change.isPending} onClick={publish}>
            Publish v{number}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

/** The newer version, if the server refused because of it; else null. */
function staleVersionIn(error: ApiError): BaseVersion | null {
  const { current, toml, actorName, comment } = error.details;
  if (error.status !== 409 || typeof current !== "number" || typeof toml !== "string") return null;
  return { number: current, toml, actorName: String(actorName ?? ""), comment: String(comment ?? "") };
}
