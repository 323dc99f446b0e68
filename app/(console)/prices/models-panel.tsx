import { Badge } from "#app/_ui/badge.tsx";
import { IconButton } from "#app/_ui/button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import { Card, type Column, DataTable } from "#app/_ui/table.tsx";
import type { PriceRow, SpanView } from "./queries.ts";
import type { PricesView } from "./url.ts";
import { formatRateText, formatSources, formatUpcoming } from "./words.ts";

/** Each model's list price beside what is paid today. */
export function ModelsPanel({
  rows,
  today,
  show,
  onShow,
  onAdd,
}: {
  rows: readonly PriceRow[];
  today: string;
  show: PricesView["show"];
  onShow: (show: PricesView["show"]) => void;
  /** Null: prices cannot be changed here. */
  onAdd: ((model: string) => void) | null;
}) {
  const shown = rows.filter(
    ({ status, today: { source } }) => show === "all" || status !== "retired" || source === "own",
  );
  return (
    <Panel
      flush
      title="Models"
      aside={
        <Segmented
          label="Models shown"
          options={[
            { value: "current", label: "Served today" },
            { value: "all", label: "All" },
          ]}
          value={show}
          onChange={onShow}
        />
      }
    >
      <DataTable
        label="Prices of models"
        columns={buildColumns(today, onAdd)}
        rows={shown}
        rowKey={buildKey}
        card={{ below: "md", draw: (row) => <PriceCard row={row} today={today} onAdd={onAdd} /> }}
      />
    </Panel>
  );
}

const buildKey = (row: PriceRow): string => `${row.model} ${row.speed}`;

function buildColumns(today: string, onAdd: ((model: string) => void) | null): Column<PriceRow>[] {
  return [
    { name: "Model", cell: (row) => <ModelName row={row} /> },
    { name: "Input", figure: true, cell: (row) => <Rate row={row} name="input" /> },
    { name: "Output", figure: true, cell: (row) => <Rate row={row} name="output" /> },
    { name: "Cache read", figure: true, cell: (row) => <Rate row={row} name="cacheRead" /> },
    { name: "Write 5 min", figure: true, from: "lg", cell: (row) => <Rate row={row} name="cacheWrite5m" /> },
    { name: "Write 1 h", figure: true, from: "lg", cell: (row) => <Rate row={row} name="cacheWrite1h" /> },
    { name: "In force", cell: (row) => <InForce row={row} today={today} /> },
    {
      name: "Change",
      isHeadHidden: true,
      className: "w-10",
      cell: (row) => <AddButton row={row} onAdd={onAdd} />,
    },
  ];
}

function ModelName({ row }: { row: PriceRow }) {
  return (
    <div className="min-w-0">
      <div className="flex flex-wrap items-center gap-1.5">
        <span className="font-medium">{row.displayName}</span>
        {row.speed === "fast" ? <Badge>fast</Badge> : null}
        {row.status === "retired" || row.status === "deprecated" ? <Badge>{row.status}</Badge> : null}
      </div>
      {row.displayName === row.model ? null : <div className="font-mono text-2xs text-ink3">{row.model}</div>}
      {row.notes.map((note) => (
        <p key={note} className="mt-0.5 max-w-[44ch] text-xs text-ink3">
          {note}
        </p>
      ))}
    </div>
  );
}

/** What is paid; where that differs from the list, the list price is struck through above it. */
function Rate({ row: { list, today }, name }: { row: PriceRow; name: keyof NonNullable<SpanView["paid"]> }) {
  const paid = today.paid?.[name] ?? null;
  const listed = list.paid?.[name] ?? null;
  if (paid === null) return <span className="text-ink3">–</span>;
  if (listed === null || listed === paid) return <span>{formatRateText(paid)}</span>;
  return (
    <span className="inline-flex flex-col items-end leading-4">
      <s className="text-2xs text-ink3">
        <span className="sr-only">list price </span>
        {formatRateText(listed)}
      </s>
      <span className="font-medium">{formatRateText(paid)}</span>
    </span>
  );
}

function InForce({ row, today }: { row: PriceRow; today: string }) {
  const upcoming = formatUpcoming(row, today);
  return (
    <div className="space-y-0.5">
      <div className="flex flex-wrap gap-1">
        {formatSources(row).map(({ text, tone }) => (
          <Badge key={text} tone={tone}>
            {text}
          </Badge>
        ))}
      </div>
      {row.today.tiers.map(({ promptTokensOver, input, output }) => (
        <p key={promptTokensOver} className="text-xs text-ink3">
          over {promptTokensOver.toLocaleString("en")} prompt tokens: {formatRateText(input)} in,{" "}
          {formatRateText(output)} out
        </p>
      ))}
      {upcoming === null ? null : <p className="text-xs text-ink2">{upcoming}</p>}
    </div>
  );
}

function AddButton({ row, onAdd }: { row: PriceRow; onAdd: ((model: string) => void) | null }) {
  if (onAdd === null || row.speed === "fast") return null;
  return (
    <IconButton label={`Add a price of ${row.displayName}`} onClick={() => onAdd(row.model)}>
      <Icon name="plus" />
    </IconButton>
  );
}

function PriceCard({ row, today, onAdd }: { row: PriceRow; today: string; onAdd: ((model: string) => void) | null }) {
  return (
    <Card actions={<AddButton row={row} onAdd={onAdd} />}>
      <ModelName row={row} />
      <dl className="tn mt-1.5 grid grid-cols-3 gap-2">
        {(["input", "output", "cacheRead"] as const).map((name) => (
          <div key={name}>
            <dt className="text-2xs text-ink3">
              {name === "cacheRead" ? "Cache read" : name === "input" ? "Input" : "Output"}
            </dt>
            <dd className="flex">
              <Rate row={row} name={name} />
            </dd>
          </div>
        ))}
      </dl>
      <div className="mt-1.5">
        <InForce row={row} today={today} />
      </div>
    </Card>
  );
}
