"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { formatBytes } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { type AboutView, settingsQueries } from "./queries.ts";

/** Release, and the rules version that each proxy serves. */
export function AboutPanel() {
  const { data, error } = useSuspenseQuery(settingsQueries.about());
  const { instances, liveRules } = data;
  const onLive = instances.filter((instance) => instance.rulesVersion === liveRules).length;
  return (
    <Panel title="About this installation" flush>
      <dl className="grid gap-x-6 gap-y-1 px-4 pb-3 pt-1 sm:grid-cols-2 lg:grid-cols-4 lg:px-5">
        <Fact label="CCO">{data.version}</Fact>
        <Fact label="Prices as of">{data.priceVersion}</Fact>
        <Fact label="Address">{data.publicUrl ?? "not configured"}</Fact>
        <Fact label="Rules file">{data.rulesFile}</Fact>
        <Fact label="Database">{formatBytes(data.databaseBytes)}</Fact>
        {data.replica === null ? null : <Fact label="Reports are read from">{replicaWords(data.replica)}</Fact>}
        <Fact label="Single requests">
          {data.archivedBefore === null ? "none archived" : `archived before ${data.archivedBefore} (UTC)`}
        </Fact>
      </dl>
      <div className="border-t border-line px-4 py-2.5 lg:px-5">
        <h3 className="font-medium">
          Proxies
          <span className="tn ml-2 font-normal text-ink2">
            {instances.length === 0
              ? null
              : liveRules === null
                ? `${instances.length} running`
                : `${onLive} of ${instances.length} on v${liveRules}`}
          </span>
        </h3>
        {error ? <p className="text-xs text-danger">This list is out of date: {error.message}</p> : null}
      </div>
      {instances.length === 0 ? (
        <Empty icon="activity" title="No proxy has reported itself in the last 30 seconds">
          Model traffic may still flow; the report comes by way of the database.
        </Empty>
      ) : (
        <ul className="divide-y divide-line border-t border-line">
          {instances.map((instance) => (
            <Instance key={instance.id} instance={instance} liveRules={liveRules} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function replicaWords(replica: NonNullable<AboutView["replica"]>): string {
  switch (replica.kind) {
    case "used":
      return `the read replica, ${formatSeconds(replica.behindMs)} behind`;
    case "behind":
      return replica.behindMs === null
        ? "the database: the read replica has not caught up yet"
        : `the database: the read replica is ${formatSeconds(replica.behindMs)} behind`;
    case "away":
      return `the database: the read replica is away (${replica.problem})`;
  }
}

const formatSeconds = (ms: number): string => formatCounted(Math.round(ms / 1000), "second");

function Instance({ instance, liveRules }: { instance: AboutView["instances"][number]; liveRules: number | null }) {
  const isOnLive = instance.rulesVersion === liveRules;
  return (
    <li className="px-4 py-2 lg:px-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">{instance.hostname}</span>
        <span className="tn text-xs text-ink3">process {instance.pid}</span>
        <Badge tone={isOnLive ? "saved" : "warn"}>
          {instance.rulesVersion === null ? "rules from file" : `v${instance.rulesVersion}`}
        </Badge>
        {instance.isFileReadOnly ? <Badge>rules file is read-only</Badge> : null}
        <span className="ml-auto text-xs text-ink2">
          started <Ago at={instance.startedAt} suffix=" ago" />, seen <Ago at={instance.seenAt} suffix=" ago" />
        </span>
      </div>
      {instance.rulesProblem ? <p className="mt-1 text-xs text-danger">{instance.rulesProblem}</p> : null}
    </li>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink3">{label}</dt>
      <dd className="break-words font-mono text-xs">{children}</dd>
    </div>
  );
}
