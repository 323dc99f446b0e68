"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { paths } from "#app/paths.ts";
import { ruleQueries, type VersionView } from "./queries.ts";
import { SourceBadge } from "./source-badge.tsx";

interface Props {
  live: number | null;
  whyNotBack: string | null;
  /** Null: no permission, so no buttons. */
  onRollBack: ((number: number) => void) | null;
}

/** Versions, newest first, with person, time, comment and actions. */
export function VersionTimeline({ live, whyNotBack, onRollBack }: Props) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    ruleQueries.versions(),
  );
  const versions = data?.pages.flatMap((page) => page.versions) ?? [];
  if (error && !data) {
    return <ErrorCard title="The versions could not be read" message={error.message} onRetry={() => void refetch()} />;
  }
  return (
    <Panel title="Versions" aside={<span className="text-ink3">all are kept</span>} flush>
      {versions.length === 0 ? (
        <Empty icon="clock" title="Nothing was published yet." />
      ) : (
        <ol className="pb-1">
          {versions.map((version) => (
            <Entry key={version.number} version={version} live={live} whyNotBack={whyNotBack} onRollBack={onRollBack} />
          ))}
        </ol>
      )}
      {hasNextPage ? (
        <div className="border-t border-line px-4 py-2 lg:px-5">
          <Button look="quiet" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older versions
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Entry({ version, live, whyNotBack, onRollBack }: Props & { version: VersionView }) {
  const isLive = version.number === live;
  return (
    <li className="relative flex items-start gap-3 px-4 py-2 hover:bg-sunken lg:px-5">
      <span aria-hidden="true" className="absolute inset-y-0 left-[22px] w-px bg-line lg:left-[26px]" />
      <span
        aria-hidden="true"
        className={`relative mt-1.5 size-[13px] shrink-0 rounded-full border-[3px] border-surface ${isLive ? "bg-saved" : "bg-edge"}`}
      />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <Link href={paths.ruleVersion(version.number)} className="tn font-mono font-medium hover:underline">
            v{version.number}
          </Link>
          <span className="min-w-0 wrap-anywhere">{version.comment}</span>
          {isLive ? <Badge tone="saved">live</Badge> : null}
          <SourceBadge version={version} />
        </p>
        <p className="text-xs text-ink3 wrap-anywhere">
          {version.actorName} · <Ago at={version.publishedAt} />
        </p>
      </div>
      {live !== null && !isLive ? (
        <div className="relative flex shrink-0 items-center">
          <Link
            href={paths.ruleCompare(version.number, live)}
            className="flex h-8 items-center rounded-md px-2 text-xs font-medium text-accent hover:bg-surface"
            aria-label={`Compare v${version.number} with the live version`}
          >
            Compare
          </Link>
          {onRollBack ? (
            <Button
              look="quiet"
              why={whyNotBack}
              onClick={() => onRollBack(version.number)}
              aria-label={`Roll back to v${version.number}`}
              className="px-2 text-xs hover:bg-surface"
            >
              <Icon name="undo" className="size-3.5" />
              <span className="hidden sm:inline">Roll back</span>
            </Button>
          ) : null}
        </div>
      ) : null}
    </li>
  );
}
