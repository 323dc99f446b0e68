import { cx } from "#app/_ui/cx.ts";
import { Empty } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import type { CacheInstance } from "#core/cache/cache-overview.ts";
import { formatBytes, formatCount } from "#core/report/format.ts";

const sharedWords = {
  none: { label: "local only", tone: "text-ink3" },
  up: { label: "shared", tone: "text-saved" },
  away: { label: "Redis unavailable", tone: "text-warn" },
} as const;

/** Running proxies with the current content of their caches. */
export function InstancesPanel({ instances }: { instances: readonly CacheInstance[] }) {
  return (
    <Panel title="Instances" aside={<span className="text-ink3">at this moment</span>} flush>
      <DataTable
        label="Instances"
        columns={columns}
        rows={instances}
        rowKey={({ id }) => id}
        rowNote={({ report }) => (report === null ? "no cache report yet" : null)}
        empty={<Empty icon="activity" title="No proxy has reported itself in the last half minute." />}
      />
    </Panel>
  );
}

const columns: readonly Column<CacheInstance>[] = [
  {
    name: "Instance",
    cell: ({ id, hostname }) => (
      <>
        {hostname} <code className="font-mono text-xs text-ink3">{id.slice(-6)}</code>
      </>
    ),
  },
  { name: "Responses", figure: true, from: "sm", cell: ({ report }) => report && formatCount(report.items) },
  {
    name: "Memory",
    figure: true,
    className: "whitespace-nowrap",
    cell: ({ report }) => report && formatBytes(report.bytes),
  },
  {
    name: "Maximum",
    figure: true,
    from: "sm",
    className: "whitespace-nowrap",
    cell: ({ report }) => report && formatBytes(report.bytesMax),
  },
  {
    name: "Shared cache",
    from: "md",
    className: ({ report }) => cx("whitespace-nowrap", report && sharedWords[report.shared].tone),
    cell: ({ report }) => report && sharedWords[report.shared].label,
  },
];
