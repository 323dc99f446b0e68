"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { reportFailure } from "#app/_data/use-action.ts";
import { useBusy } from "#app/_data/use-busy.ts";
import { Button } from "#app/_ui/button.tsx";
import { CodeBlock } from "#app/_ui/code.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { TextAreaField } from "#app/_ui/field.tsx";
import { Reasons } from "#app/_ui/form.tsx";
import type { Draft } from "./draft.ts";
import { priceQueries } from "./queries.ts";

/** The text of the own prices, to read or to edit. Long because the two share one dialog. */
export function FileDialog({
  toml,
  isReadOnly,
  onReview,
  onClose,
}: {
  toml: string;
  isReadOnly: boolean;
  onReview: (draft: Draft) => void;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const [text, setText] = useState(toml);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const { busy, run } = useBusy(
    async () => {
      const preview = await queries.fetchQuery({ ...priceQueries.preview(text, null), staleTime: 0 });
      setProblems(preview.problems.map(({ line, field, message }) => `line ${line}: ${field} ${message}`));
      if (preview.problems.length === 0) onReview({ toml: text, comment: "" });
    },
    (error) => reportFailure("The prices could not be checked", error),
  );
  return (
    <Dialog open onClose={onClose} title="prices.toml" description="Own prices, as a file has them." wide>
      {isReadOnly ? (
        <CodeBlock text={toml === "" ? "# no own prices" : toml} label="prices.toml" />
      ) : (
        <TextAreaField
          label="Text"
          rows={18}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="font-mono text-xs"
          placeholder={'[[discount]]\nmodel = "claude-opus-5-5"\nfrom = "2026-12-01"\npercent = "12.5"'}
          error={problems.length > 0 ? "These lines are not valid. Nothing was saved." : null}
        />
      )}
      <div className="text-danger">
        <Reasons texts={problems} />
      </div>
      <DialogActions isSticky>
        <Button onClick={onClose}>{isReadOnly ? "Close" : "Cancel"}</Button>
        {isReadOnly ? null : (
          <Button look="solid" busy={busy} onClick={() => void run()}>
            Review
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
