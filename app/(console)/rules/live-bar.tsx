"use client";

import { useState } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Popover } from "#app/_ui/popover.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { paths } from "#app/paths.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { CurrentRules, VersionView } from "./queries.ts";
import { SourceBadge } from "./source-badge.tsx";

interface Props {
  rules: CurrentRules;
  live: VersionView;
  whyNotBack: string | null;
  /** Null: no permission, so no button. */
  onRollBack: ((number: number) => void) | null;
}

/** Bar of the live version: person, time, comment, instances that serve it, and roll back. */
export function LiveBar({ rules, live, whyNotBack, onRollBack }: Props) {
  const { previous, instances } = rules;
  return (
    <section
      aria-label="Live version"
      className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-line bg-surface px-4 py-3 lg:px-5"
    >
      <Link
        href={paths.ruleVersion(live.number)}
        className="tn font-mono text-lg font-semibold tracking-[-.02em] hover:underline"
      >
        v{live.number}
      </Link>
      <div className="min-w-[12rem] flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 font-medium wrap-anywhere">{live.comment}</span>
          <SourceBadge version={live} />
        </p>
        <p className="text-xs text-ink2">
          {live.actorName}, <Ago at={live.publishedAt} suffix={isNow(live.publishedAt) ? "" : " ago"} />
          {live.applies === "now" ? " · applied to running sessions at once" : ""}
        </p>
      </div>
      <Effect instances={instances} live={live.number} />
      {previous ? (
        <div className="flex w-full items-center gap-2 sm:w-auto">
          <Link
            href={paths.ruleCompare(previous.number, live.number)}
            className="inline-flex h-8 items-center whitespace-nowrap px-1 font-medium text-accent"
          >
            Compare<span className="sr-only"> with v{previous.number}</span>
          </Link>
          {onRollBack ? (
            <Button
              why={whyNotBack}
              onClick={() => onRollBack(previous.number)}
              className="flex-1 sm:flex-none"
              title={`v${previous.number}: ${previous.comment}`}
            >
              <Icon name="undo" className="size-3.5" />
              Roll back to v{previous.number}
            </Button>
          ) : null}
        </div>
      ) : null}
    </section>
  );
}

const isNow = (at: string): boolean => Date.now() - Date.parse(at) < 60_000;

/**
 * Number of running proxies that report this version. Long because the number and the list behind it are one control.
 */
function Effect({ instances, live }: { instances: CurrentRules["instances"]; live: number }) {
  const [isOpen, setIsOpen] = useState(false);
  const { total, onLive } = instances;
  const isDone = total > 0 && onLive === total;
  const words =
    total === 0
      ? "No proxy is running"
      : isDone
        ? `${onLive} of ${formatCounted(total, "instance")} on v${live}`
        : `${onLive} of ${total} on v${live}, the others follow`;
  return (
    <Popover
      open={isOpen}
      onOpenChange={setIsOpen}
      label="Instances"
      trigger={
        <button
          type="button"
          className="flex min-h-8 items-center gap-2 rounded-md px-2 text-xs text-ink2 hover:bg-sunken"
          aria-label={`${words}. Show instances`}
        >
          <span
            aria-hidden="true"
            className={`size-2 rounded-full ${isDone ? "bg-saved" : total === 0 ? "bg-t0" : "bg-warn"}`}
          />
          <span role="status" className="tn">
            {words}
          </span>
        </button>
      }
    >
      {total === 0 ? (
        <p className="max-w-[34ch] p-2 text-ink2">
          No proxy has reported in the last 30 seconds. Rules you publish are kept and take effect when one starts.
        </p>
      ) : (
        <ul className="space-y-1.5 p-2">
          {instances.instances.map((instance) => (
            <li key={instance.id} className="flex items-center gap-3">
              <span className="max-w-[20ch] truncate" title={instance.id}>
                {instance.hostname}
              </span>
              <span className="ml-auto font-mono text-xs">
                {instance.rulesVersion === null ? "–" : `v${instance.rulesVersion}`}
              </span>
              <Badge tone={instance.isOnLive ? "saved" : "warn"}>{instance.isOnLive ? "live" : "following"}</Badge>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
