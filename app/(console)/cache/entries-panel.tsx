import { Empty } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { ModelName } from "#app/_ui/route-mark.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import type { CacheOverview } from "#core/cache/cache-overview.ts";
import { formatBytes, formatCount } from "#core/report/format.ts";

const kinds: Record<string, string> = {
  messages: "Response",
  count_tokens: "Token count",
  models: "Model list",
};

type Entry = CacheOverview["entries"][number];

/** Recently stored responses: metadata only, never content or owner. */
export function EntriesPanel({ entries }: { entries: CacheOverview["entries"] }) {
  return (
    <Panel title="Recently stored" aside={<span className="text-ink3">never content, nor whose it is</span>} flush>
      <DataTable
        label="Recently stored responses"
        columns={columns}
        rows={entries}
        // An entry has no displayable identifier.
        rowKey={(_entry, index) => index}
        empty={<Empty icon="cache" title="Nothing is stored at the moment." />}
        dense
      />
    </Panel>
  );
}

const formatKind = ({ endpoint }: Entry): string => kinds[endpoint] ?? endpoint;

const columns: readonly Column<Entry>[] = [
  {
    name: "Model",
    cell: (entry) =>
      entry.model === "" ? (
        <span className="text-ink3">
          –<span className="sm:hidden"> {formatKind(entry)}</span>
        </span>
      ) : (
        <ModelName model={entry.model} tier={entry.tier} />
      ),
  },
  { name: "Kind", from: "sm", cell: formatKind },
  {
    name: "Stored",
    figure: true,
    cell: ({ storedAtMs }) => <Ago at={new Date(storedAtMs).toISOString()} suffix=" ago" />,
  },
  {
    name: "Size",
    figure: true,
    from: "sm",
    className: "whitespace-nowrap",
    cell: ({ bytes }) => formatBytes(bytes),
  },
  { name: "Replayed", figure: true, cell: ({ hits }) => `${formatCount(hits)}×` },
];
