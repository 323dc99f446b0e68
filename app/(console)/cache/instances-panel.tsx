import { Empty } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Table, Td, Th } from "#app/_ui/table.tsx";
import type { CacheInstance } from "#core/cache/cache-overview.ts";
import { formatBytes, formatCount } from "#core/report/format.ts";

const sharedWords = {
  none: { label: "local only", tone: "text-ink3" },
  up: { label: "shared", tone: "text-saved" },
  away: { label: "Redis unavailable", tone: "text-warn" },
} as const;

/** Running proxies with the current content of their caches. */
export function InstancesPanel({ instances }: { instances: readonly CacheInstance[] }) {
  const head = (
    <>
      <Th>Instance</Th>
      <Th figure className="hidden sm:table-cell">
        Responses
      </Th>
      <Th figure>Memory</Th>
      <Th figure className="hidden sm:table-cell">
        Maximum
      </Th>
      <Th className="hidden md:table-cell">Shared cache</Th>
    </>
  );
  return (
    <Panel title="Instances" aside={<span className="text-ink3">at this moment</span>} flush>
      {instances.length === 0 ? (
        <Empty icon="activity" title="No proxy has reported itself in the last half minute." />
      ) : (
        <Table label="Instances" head={head}>
          {instances.map((instance) => (
            <InstanceRow key={instance.id} instance={instance} />
          ))}
        </Table>
      )}
    </Panel>
  );
}

function InstanceRow({ instance: { id, hostname, report } }: { instance: CacheInstance }) {
  const name = (
    <Td>
      {hostname} <code className="font-mono text-xs text-ink3">{id.slice(-6)}</code>
    </Td>
  );
  if (report === null) {
    return (
      <tr>
        {name}
        <Td colSpan={4} className="text-ink3">
          no cache report yet
        </Td>
      </tr>
    );
  }
  const shared = sharedWords[report.shared];
  return (
    <tr>
      {name}
      <Td figure className="hidden sm:table-cell">
        {formatCount(report.items)}
      </Td>
      <Td figure className="whitespace-nowrap">
        {formatBytes(report.bytes)}
      </Td>
      <Td figure className="hidden whitespace-nowrap sm:table-cell">
        {formatBytes(report.bytesMax)}
      </Td>
      <Td className={`hidden whitespace-nowrap md:table-cell ${shared.tone}`}>{shared.label}</Td>
    </tr>
  );
}
