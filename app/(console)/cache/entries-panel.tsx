import { Empty } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { ModelName } from "#app/_ui/route-mark.tsx";
import { Table, Td, Th } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import type { CacheOverview } from "#core/cache/cache-overview.ts";
import { formatBytes, formatCount } from "#core/report/format.ts";

const kinds: Record<string, string> = {
  messages: "Response",
  count_tokens: "Token count",
  models: "Model list",
};

/** Recently stored responses: metadata only, never content or owner. */
export function EntriesPanel({ entries }: { entries: CacheOverview["entries"] }) {
  const head = (
    <>
      <Th>Model</Th>
      <Th className="hidden sm:table-cell">Kind</Th>
      <Th figure>Stored</Th>
      <Th figure className="hidden sm:table-cell">
        Size
      </Th>
      <Th figure>Replayed</Th>
    </>
  );
  return (
    <Panel title="Recently stored" aside={<span className="text-ink3">never content, nor whose it is</span>} flush>
      {entries.length === 0 ? (
        <Empty icon="cache" title="Nothing is stored at the moment." />
      ) : (
        <Table label="Recently stored responses" head={head}>
          {entries.map((entry, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an entry has no displayable identifier
            <tr key={index}>
              <Td dense>
                {entry.model === "" ? (
                  <span className="text-ink3">
                    –<span className="sm:hidden"> {kinds[entry.endpoint] ?? entry.endpoint}</span>
                  </span>
                ) : (
                  <ModelName model={entry.model} tier={entry.tier} />
                )}
              </Td>
              <Td dense className="hidden sm:table-cell">
                {kinds[entry.endpoint] ?? entry.endpoint}
              </Td>
              <Td dense figure>
                <Ago at={new Date(entry.storedAtMs).toISOString()} suffix=" ago" />
              </Td>
              <Td dense figure className="hidden whitespace-nowrap sm:table-cell">
                {formatBytes(entry.bytes)}
              </Td>
              <Td dense figure>
                {formatCount(entry.hits)}×
              </Td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
