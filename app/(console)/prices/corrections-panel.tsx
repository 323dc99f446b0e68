"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { Dialog } from "#app/_ui/dialog.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Card, type Column, DataTable } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { pluralize } from "#core/report/plural.ts";
import { SignedMoney } from "../_parts/signed-money.tsx";
import { type CorrectionView, correctionQueries } from "./queries.ts";
import { RepriceDialog } from "./reprice-dialog.tsx";

/** Periods that were priced again: what each changed, and the way back. */
export function CorrectionsPanel({ models, why }: { models: readonly string[]; why: string | null }) {
  const { data } = useSuspenseQuery(correctionQueries.list());
  const [isOpen, setOpen] = useState(false);
  const [undone, setUndone] = useState<CorrectionView | null>(null);
  const { corrections } = data;
  return (
    <Panel
      flush
      id="corrections"
      title="Corrections"
      aside={
        <Button why={why} onClick={() => setOpen(true)}>
          Re-price a period
        </Button>
      }
    >
      <DataTable
        label="Corrections"
        columns={buildColumns(why, setUndone)}
        rows={corrections}
        rowKey={({ number }) => number}
        card={{
          below: "md",
          draw: (correction) => (
            <Card actions={<UndoButton correction={correction} why={why} onUndo={setUndone} />}>
              <p className="font-medium">
                {correction.label} <State correction={correction} />
              </p>
              <p className="text-xs text-ink2">
                <Change correction={correction} />
              </p>
              <p className="text-xs text-ink3">
                {correction.comment || "no comment"} · {correction.actorName}, <Ago at={correction.at} />
              </p>
            </Card>
          ),
        }}
        empty={
          <Empty icon="clock" title="No period was priced again">
            Recorded requests keep the amounts they were booked with. Price a period again when a price was wrong: the
            difference is written beside the books.
          </Empty>
        }
      />
      {isOpen ? <RepriceDialog models={models} onClose={() => setOpen(false)} /> : null}
      {undone === null ? null : <UndoDialog correction={undone} onClose={() => setUndone(null)} />}
    </Panel>
  );
}

const buildColumns = (why: string | null, onUndo: (of: CorrectionView) => void): Column<CorrectionView>[] => [
  { name: "No.", cell: ({ number }) => number },
  {
    name: "Period",
    cell: (correction) => (
      <span className="inline-flex flex-wrap items-center gap-1.5">
        {correction.label}
        <State correction={correction} />
      </span>
    ),
  },
  { name: "Change", figure: true, cell: (correction) => <Change correction={correction} /> },
  {
    name: "Why",
    className: "min-w-40",
    cell: ({ comment }) => comment || <span className="text-ink3">no comment</span>,
  },
  { name: "Prices", from: "xl", className: "font-mono text-xs", cell: ({ priceVersion }) => priceVersion },
  { name: "By", cell: ({ actorName, tokenName }) => (tokenName === null ? actorName : `${actorName} (${tokenName})`) },
  { name: "When", className: "whitespace-nowrap", cell: ({ at }) => <Ago at={at} /> },
  {
    name: "Undo",
    isHeadHidden: true,
    cell: (correction) => <UndoButton correction={correction} why={why} onUndo={onUndo} />,
  },
];

function State({ correction: { undoes, undoneBy, models } }: { correction: CorrectionView }) {
  return (
    <>
      {models.length > 0 ? (
        <Badge>
          {models.length} {pluralize(models.length, "model", "models")}
        </Badge>
      ) : null}
      {undoes === null ? null : <Badge>takes back {undoes}</Badge>}
      {undoneBy === null ? null : <Badge>taken back by {undoneBy}</Badge>}
    </>
  );
}

function Change({ correction: { changeNanoUsd, planChangeNanoUsd } }: { correction: CorrectionView }) {
  return (
    <span>
      <SignedMoney nanoUsd={changeNanoUsd} />
      {planChangeNanoUsd === "0" ? null : (
        <span className="block text-xs text-ink3">
          plan value <SignedMoney nanoUsd={planChangeNanoUsd} />
        </span>
      )}
    </span>
  );
}

function UndoButton({
  correction,
  why,
  onUndo,
}: {
  correction: CorrectionView;
  why: string | null;
  onUndo: (of: CorrectionView) => void;
}) {
  if (correction.kind === "undo" || correction.undoneBy !== null) return null;
  return (
    <Button why={why} onClick={() => onUndo(correction)}>
      Take back
    </Button>
  );
}

function UndoDialog({ correction, onClose }: { correction: CorrectionView; onClose: () => void }) {
  const queries = useQueryClient();
  const form = useForm({ comment: "" }, async ({ comment }) => {
    await sendJson("POST", "/api/corrections/undo", { number: correction.number, comment });
    toast("Correction taken back", { description: "By another one: both stay in the list." });
    await queries.invalidateQueries();
    onClose();
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Take back correction ${correction.number}?`}
      description={`${correction.label} costs again what it cost before it. Nothing is deleted.`}
    >
      <DialogForm form={form} submit="Take back" onCancel={onClose} className="space-y-4">
        <p>
          It changed the cost by <SignedMoney nanoUsd={correction.changeNanoUsd} />.
        </p>
        <TextField
          label="Why"
          maxLength={500}
          hint="Stands in the list and the audit log."
          {...form.input("comment")}
        />
      </DialogForm>
    </Dialog>
  );
}
