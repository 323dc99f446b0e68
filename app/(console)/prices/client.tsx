"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { Button } from "#app/_ui/button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Page } from "#app/_ui/page.tsx";
import { paths } from "#app/paths.ts";
import { removeTable } from "#core/costs/prices-text.ts";
import { CorrectionsPanel } from "./corrections-panel.tsx";
import type { Draft } from "./draft.ts";
import { FileDialog } from "./file-dialog.tsx";
import { HistoryPanel } from "./history-panel.tsx";
import { ModelsPanel } from "./models-panel.tsx";
import { type PriceRow, priceQueries } from "./queries.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import { StatePanel } from "./state-panel.tsx";
import { TermDialog } from "./term-dialog.tsx";
import { TermsPanel } from "./terms-panel.tsx";
import { type PricesView, readView, viewParams } from "./url.ts";

const buildAddress = (view: PricesView) => paths.prices(viewParams(view));

/** The price book. Long because its dialogs follow each other: a form or the file, then the review. */
export function PricesClient({
  whyNoChange,
  whyNoCorrection,
}: {
  whyNoChange: string | null;
  whyNoCorrection: string | null;
}) {
  const { data: book } = useSuspenseQuery(priceQueries.book());
  const [view, change] = useAddressView(readView, buildAddress, "replace");
  const [isFileOpen, setFileOpen] = useState(false);
  const [fileDraft, setFileDraft] = useState<string | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const why = book.file === null ? whyNoChange : "The prices come from the file of CCO_PRICES_FILE. Change them there.";
  const close = () => {
    setDraft(null);
    setFileDraft(null);
    setFileOpen(false);
    change({ add: null });
  };
  return (
    <Page
      title="Prices"
      actions={
        <>
          <Button onClick={() => setFileOpen(true)}>{why === null ? "Edit as file" : "Show as file"}</Button>
          <Button look="solid" why={why} onClick={() => change({ add: "" })}>
            <Icon name="plus" />
            Add price
          </Button>
        </>
      }
    >
      <StatePanel book={book} />
      <ModelsPanel
        rows={book.rows}
        today={book.today}
        show={view.show}
        onShow={(show) => change({ show })}
        onAdd={why === null ? (model) => change({ add: model }) : null}
      />
      <TermsPanel
        tables={book.tables}
        today={book.today}
        onRemove={
          why === null
            ? ({ line, name }) => setDraft({ toml: removeTable(book.toml, line), comment: `Remove ${name}` })
            : null
        }
      />
      <CorrectionsPanel models={[...new Set(book.rows.map(({ model }) => model))]} why={whyNoCorrection} />
      <HistoryPanel why={why} onRollBack={setDraft} />
      {view.add !== null && draft === null && why === null ? (
        <TermDialog
          book={book}
          row={findRow(book.rows, view.add)}
          model={view.add}
          onReview={setDraft}
          onClose={close}
        />
      ) : null}
      {isFileOpen && draft === null ? (
        <FileDialog
          toml={fileDraft ?? book.toml}
          isReadOnly={why !== null}
          onReview={(next) => {
            setFileDraft(next.toml);
            setDraft(next);
          }}
          onClose={close}
        />
      ) : null}
      {draft === null ? null : (
        <ReviewDialog draft={draft} base={book.version?.number ?? null} onBack={() => setDraft(null)} onDone={close} />
      )}
    </Page>
  );
}

const findRow = (rows: readonly PriceRow[], model: string): PriceRow | null =>
  rows.find((row) => row.model === model && row.speed === "standard") ?? null;
