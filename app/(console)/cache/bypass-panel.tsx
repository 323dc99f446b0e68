import { Empty } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import type { CacheOverview } from "#core/cache/cache-overview.ts";
import { formatCount, formatPercent } from "#core/report/format.ts";

/** Reasons for which requests bypassed the cache, in the words of the never-store table. */
export function BypassPanel({ bypasses, range }: Pick<CacheOverview, "bypasses" | "range">) {
  const total = bypasses.reduce((sum, { count }) => sum + count, 0);
  return (
    <Panel title="Bypassed, by reason" aside={<span className="text-ink3">{range.label}</span>} flush>
      {bypasses.length === 0 ? (
        <Empty icon="check" title="No request bypassed the cache in this range." />
      ) : (
        <ul className="mt-1 divide-y divide-line border-t border-line">
          {bypasses.map(({ reason, why, count }) => (
            <li key={reason} className="tn flex items-center gap-3 px-4 py-2 lg:px-5">
              <span className="min-w-0 flex-1">
                {why} <code className="font-mono text-2xs text-ink3">{reason}</code>
              </span>
              <span aria-hidden="true" className="track hidden h-2 w-24 shrink-0 rounded-[2px] bg-sunken sm:block">
                <span
                  className="block h-full rounded-[2px] bg-bar"
                  style={{ width: `${Math.max(1, (count / total) * 100).toFixed(1)}%` }}
                />
              </span>
              <span className="w-14 shrink-0 text-right text-xs text-ink3">{formatPercent(count / total)}</span>
              <span className="w-16 shrink-0 text-right font-medium">{formatCount(count)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
