import type { ReactNode } from "react";
import { Link } from "#app/_ui/link.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import type { CacheSettingsView } from "#core/cache/cache-overview.ts";
import { formatCount, formatDuration } from "#core/report/format.ts";

/** Settings in `[cache]` with links to their lines. They are changed in the rules, with a version and a roll back. */
export function SettingsPanel({ settings }: { settings: CacheSettingsView }) {
  const { cache, lines, version } = settings;
  const seconds = cache.ttlSeconds;
  return (
    <Panel
      title="Settings"
      aside={
        <Link href={paths.rulesEdit(lines.enabled ?? undefined)} className="font-medium text-accent">
          Edit
        </Link>
      }
    >
      <dl className="space-y-2.5">
        <Setting name="Response cache" line={lines.enabled}>
          {cache.enabled ? "on" : "off"}
        </Setting>
        <Setting name="Time to live" line={lines.ttl_seconds}>
          {formatDuration(seconds * 1000)}
          {seconds >= 60 ? <span className="text-ink3"> ({formatCount(seconds)} s)</span> : null}
        </Setting>
        <Setting name="Maximum memory" line={lines.max_mb}>
          {formatCount(cache.maxMb)} MB
        </Setting>
        <Setting name="Scope" line={lines.scope}>
          {cache.scope === "project" ? "same project" : "same caller"}
        </Setting>
      </dl>
      <p className="mt-3 text-xs text-ink3">
        Set under <code className="font-mono">[cache]</code> in the rules
        {version === null ? "; nothing was published yet, so the defaults apply." : `, v${version} live.`}
      </p>
    </Panel>
  );
}

function Setting({ name, line, children }: { name: string; line: number | null; children: ReactNode }) {
  return (
    <div className="flex items-baseline gap-3">
      <dt className="min-w-0 flex-1 text-ink2">{name}</dt>
      <dd className="tn shrink-0 font-medium">{children}</dd>
      <dd className="w-14 shrink-0 text-right text-xs">
        {line === null ? (
          <span className="text-ink3">default</span>
        ) : (
          <Link href={paths.rulesEdit(line)} className="inline-flex min-h-6 items-center text-accent">
            line {line}
          </Link>
        )}
      </dd>
    </div>
  );
}
