import { Empty } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Table, Td, Th } from "#app/_ui/table.tsx";
import type { CacheInstance } from "#core/cache/cache-overview.ts";
import { formatBytes, formatCount } from "#core/report/format.ts";

const sharedWords = {
  none: { label: "own memory only", tone: "text-ink3" },
  up: { label: "shared", tone: "text-saved" },
  away: { label: "shared memory away", tone: "text-warn" },
} as const;

/** Each running proxy with what its own cache holds and has done since it started. */
export function InstancesPanel({ instances }: { instances: readonly CacheInstance[] }) {
  const head = (
    <>
      <Th>Instance</Th>
      <Th figure>Answers</Th>
      <Th figure>Memory</Th>
      <Th figure>Hits</Th>
      <Th figure>Misses</Th>
      <Th figure className="hidden sm:table-cell">
        Stored
      </Th>
      <Th figure className="hidden sm:table-cell">
        Evicted
      </Th>
      <Th className="hidden md:table-cell">Memory is</Th>
    </>
  );
  return (
    <Panel title="Instances" aside={<span className="text-ink3">since each started</span>} flush>
      {instances.length === 0 ? (
        <Empty icon="activity" title="No proxy has reported itself in the last half minute." />
      ) : (
        <Table label="Instances" head={head}>
          {instances.map(({ id, hostname, report }) => (
            <tr key={id}>
              <Td>
                {hostname} <code className="font-mono text-xs text-ink3">{id.slice(-6)}</code>
              </Td>
              {report === null ? (
                <Td colSpan={7} className="text-ink3">
                  has said nothing of its cache yet
                </Td>
              ) : (
                <>
                  <Td figure>{formatCount(report.items)}</Td>
                  <Td figure className="whitespace-nowrap">
                    {formatBytes(report.bytes)}
                  </Td>
                  <Td figure>{formatCount(report.hits)}</Td>
                  <Td figure>{formatCount(report.misses)}</Td>
                  <Td figure className="hidden sm:table-cell">
                    {formatCount(report.stored)}
                  </Td>
                  <Td figure className="hidden sm:table-cell">
                    {formatCount(report.evictions)}
                  </Td>
                  <Td className={`hidden whitespace-nowrap md:table-cell ${sharedWords[report.shared].tone}`}>
                    {sharedWords[report.shared].label}
                  </Td>
                </>
              )}
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
