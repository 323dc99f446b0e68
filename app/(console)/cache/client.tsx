"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { Button, LinkButton } from "#app/_ui/button.tsx";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import type { CacheOverview } from "#core/cache/cache-overview.ts";
import { KpiStrip } from "../_parts/kpi-strip.tsx";
import { RangePicker } from "../_parts/range-picker.tsx";
import { BypassPanel } from "./bypass-panel.tsx";
import { CacheChart } from "./cache-chart.tsx";
import { EntriesPanel } from "./entries-panel.tsx";
import { InstancesPanel } from "./instances-panel.tsx";
import { prepareKpis } from "./prepare.ts";
import { PurgeDialog } from "./purge-dialog.tsx";
import { cacheQueries } from "./queries.ts";
import { SettingsPanel } from "./settings-panel.tsx";
import { type CacheView, readView, viewParams } from "./url.ts";

const buildAddress = (view: CacheView) => paths.cache(viewParams(view));

/** Cache page: effect, content and settings of the response cache, and a purge button. */
export function CacheClient() {
  const [view, change] = useAddressView(readView, buildAddress);
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...cacheQueries.overview(view),
    placeholderData: keepPreviousData,
  });
  const [isPurging, setIsPurging] = useState(false);
  const actions = (
    <>
      <RangePicker view={view} range={data?.range} change={({ range }) => range && change({ range })} />
      <Button look="danger" onClick={() => setIsPurging(true)}>
        Purge
      </Button>
    </>
  );
  return (
    <Page title="Cache" actions={actions}>
      {error ? (
        <ErrorCard title="The cache could not be read" message={error.message} onRetry={() => void refetch()} />
      ) : null}
      {data ? <CacheBody data={data} isStale={isPlaceholderData} /> : null}
      {isPurging ? <PurgeDialog scope={data?.settings.cache.scope} onClose={() => setIsPurging(false)} /> : null}
    </Page>
  );
}

function CacheBody({ data, isStale }: { data: CacheOverview; isStale: boolean }) {
  const { settings, ledger, bypasses, entries, instances } = data;
  const isUnused = ledger.hits + ledger.misses + ledger.bypasses === 0 && bypasses.length === 0;
  return (
    <>
      {settings.cache.enabled ? null : <SwitchedOff line={settings.lines.enabled} version={settings.version} />}
      {isUnused ? (
        settings.cache.enabled ? (
          <Panel>
            <Empty icon="cache" title="Nothing was looked up in these days.">
              Identical questions without tools or thinking, at temperature 0, are answered from memory the second time;
              so are repeated token counts.
            </Empty>
          </Panel>
        ) : null
      ) : (
        <>
          <KpiStrip kpis={prepareKpis(data)} isStale={isStale} />
          <CacheChart points={data.points} range={data.range} isStale={isStale} />
        </>
      )}
      <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_340px] lg:gap-4">
        <BypassPanel bypasses={bypasses} range={data.range} />
        <SettingsPanel settings={settings} />
      </div>
      <InstancesPanel instances={instances} />
      <EntriesPanel entries={entries} />
    </>
  );
}

function SwitchedOff({ line, version }: { line: number | null; version: number | null }) {
  return (
    <section
      aria-label="Switched off"
      className="flex flex-wrap items-center gap-3 rounded-lg border border-warn bg-surface p-4"
    >
      <p className="min-w-0 flex-1">
        <b className="font-medium">The response cache is switched off{version === null ? "" : ` in v${version}`}.</b>{" "}
        <span className="text-ink2">Every request goes to the provider; nothing is stored.</span>
      </p>
      <LinkButton href={paths.rulesEdit(line ?? undefined)}>Open the rules</LinkButton>
    </section>
  );
}
