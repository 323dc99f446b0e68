"use client";

import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { Diff } from "#app/_ui/diff.tsx";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { diffLines } from "#core/rules/line-diff.ts";
import { ChangeList } from "./change-list.tsx";
import type { Draft } from "./draft.ts";
import { type PriceVersionDetail, type PriceVersionView, priceQueries } from "./queries.ts";

type RollBack = (draft: Draft) => void;

/** Every version of the own prices, newest first. */
export function HistoryPanel({ why, onRollBack }: { why: string | null; onRollBack: RollBack }) {
  const { data } = useSuspenseQuery(priceQueries.history());
  const [opened, setOpened] = useState<number | null>(null);
  return (
    <Panel flush title="History">
      <DataTable
        label="Versions of the own prices"
        columns={buildColumns(setOpened, data.versions[0]?.number)}
        rows={data.versions}
        rowKey={({ number }) => number}
        empty={<Empty icon="clock" title="Nothing was changed yet" />}
      />
      {opened === null ? null : (
        <VersionDialog
          number={opened}
          why={why}
          onClose={() => setOpened(null)}
          onRollBack={(draft) => {
            setOpened(null);
            onRollBack(draft);
          }}
        />
      )}
    </Panel>
  );
}

const buildColumns = (open: (number: number) => void, current: number | undefined): Column<PriceVersionView>[] => [
  {
    name: "Version",
    cell: ({ number }) => (
      <button type="button" onClick={() => open(number)} className="min-h-6 whitespace-nowrap font-medium text-accent">
        v{number}
      </button>
    ),
  },
  {
    name: "Comment",
    className: "min-w-40",
    cell: ({ comment, number }) => (
      <span className="inline-flex flex-wrap items-center gap-1.5">
        {comment || <span className="text-ink3">no comment</span>}
        {number === current ? <Badge tone="accent">in force</Badge> : null}
      </span>
    ),
  },
  { name: "By", cell: ({ actorName, tokenName }) => (tokenName === null ? actorName : `${actorName} (${tokenName})`) },
  { name: "Saved", className: "whitespace-nowrap", cell: ({ savedAt }) => <Ago at={savedAt} /> },
];

function VersionDialog({
  number,
  why,
  onClose,
  onRollBack,
}: {
  number: number;
  why: string | null;
  onClose: () => void;
  onRollBack: RollBack;
}) {
  const { data, error } = useQuery(priceQueries.version(number));
  return (
    <Dialog open onClose={onClose} title={`Prices v${number}`} description={data?.comment} wide>
      {error ? <ErrorCard title="The version could not be read" message={error.message} /> : null}
      {data === undefined ? <div className="skeleton h-40 rounded-lg" /> : <VersionContent version={data} />}
      <DialogActions isSticky>
        <Button onClick={onClose}>Close</Button>
        {data === undefined || data.isInForce ? null : (
          <Button
            look="solid"
            why={why}
            onClick={() => onRollBack({ toml: data.toml, comment: `Roll back to v${number}`, rollBackTo: number })}
          >
            Roll back to v{number}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

function VersionContent({ version: { changes, toml, previousToml } }: { version: PriceVersionDetail }) {
  return (
    <div className="space-y-4">
      <ChangeList changes={changes} />
      <Diff diff={diffLines(previousToml, toml)} />
    </div>
  );
}
