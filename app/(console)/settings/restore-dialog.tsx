"use client";

import { useQuery } from "@tanstack/react-query";
import { CodeBlock } from "#app/_ui/code.tsx";
import { Dialog } from "#app/_ui/dialog.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { Instant } from "#app/_ui/time.tsx";
import { formatCount } from "#core/report/format.ts";
import { formatRestored } from "#core/report/lost-by-restore.ts";
import { type RestorePreviewView, settingsQueries } from "./queries.ts";

type Row = RestorePreviewView["rows"][number];

const columns: readonly Column<Row>[] = [
  { name: "What", cell: ({ what }) => what },
  { name: "Now", figure: true, cell: ({ now }) => formatCount(now) },
  { name: "In the backup", figure: true, cell: ({ archived }) => formatCount(archived) },
];

/** What a restore of a backup would change, and the command that carries it out. */
export function RestoreDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(settingsQueries.restorePreview(name));
  return (
    <Dialog open onClose={onClose} title="What a restore would change" description={name}>
      {error ? (
        <ErrorCard title="The backup cannot be read" message={error.message} onRetry={() => void refetch()} />
      ) : data ? (
        <Preview preview={data} />
      ) : (
        <div className="skeleton h-64 rounded-lg" aria-busy="true" />
      )}
    </Dialog>
  );
}

function Preview({ preview }: { preview: RestorePreviewView }) {
  const { createdAt, productVersion, hasEvents, rows, requests, hasOtherPrices, hasOwner, command } = preview;
  const { lost, back } = formatRestored(preview);
  return (
    <div className="space-y-4">
      <p className="text-ink2">
        Made <Instant at={createdAt} /> by CCO {productVersion},{" "}
        {hasEvents ? "with every request." : "with totals, without single requests."}
      </p>
      <DataTable
        label="Rows now and in the backup"
        columns={columns}
        rows={[...rows, { table: "", what: "requests counted", ...requests }]}
        rowKey={({ what }) => what}
        isBare
        dense
      />
      <p className={lost.length === 0 ? "text-ink2" : "text-warn"}>
        {lost.length === 0
          ? "The backup holds no fewer rows of any kind than there are now."
          : `Lost: ${lost.join("; ")}.`}
        {back.length === 0 ? "" : ` Comes back: ${back.join("; ")}.`} What was changed since is as it was then.
        {hasOtherPrices ? " The prices in force differ from those of the backup, and stay." : ""}
        {hasOwner ? "" : " It holds no owner who may sign in: name one afterwards with cco users role <e-mail> owner."}
      </p>
      <div className="space-y-2">
        <p className="text-ink2">
          CCO has to be stopped for it, on every machine. What is there now is kept in a backup made before. People sign
          in again afterwards.
        </p>
        <CodeBlock label="On this machine, with CCO stopped" text={command} />
      </div>
    </div>
  );
}
