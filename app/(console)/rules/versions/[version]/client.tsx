"use client";

import { keepPreviousData, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { mayHelpToRetry } from "#app/_data/get-json.ts";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { CodeBlock } from "#app/_ui/code.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago, Instant } from "#app/_ui/time.tsx";
import { paths } from "#app/paths.ts";
import { Comparison } from "../../comparison.tsx";
import { ruleQueries, type VersionDetail } from "../../queries.ts";
import { RollBackDialog } from "../../roll-back-dialog.tsx";
import { SourceBadge } from "../../source-badge.tsx";
import { otherVersion, readVersionView, type VersionPageView, versionAddress } from "../../url.ts";
import { VersionSelect } from "./version-select.tsx";

interface Props {
  number: number;
  mayRollBack: boolean;
}

/** One version: its text, person and comment, and how it differs from another one. */
export function VersionClient({ number, mayRollBack }: Props) {
  const { data: version } = useSuspenseQuery(ruleQueries.version(number));
  const [isAsking, setIsAsking] = useState(false);
  const { isLive, live } = version;
  const actions = (
    <Button look="solid" why={isLive ? `v${number} is live.` : null} onClick={() => setIsAsking(true)}>
      <Icon name="undo" className="size-3.5" />
      <span>
        Roll back<span className="hidden sm:inline"> to v{number}</span>
      </span>
    </Button>
  );
  return (
    <Page title={`Rules v${number}`} actions={mayRollBack ? actions : null}>
      <Facts version={version} />
      <Differences number={number} />
      <CodeBlock text={version.toml} label={`v${number}, as it was published`} />
      {isAsking ? <RollBackDialog to={number} live={live} why={null} onClose={() => setIsAsking(false)} /> : null}
    </Page>
  );
}

/** What changes from the version the address names, or the one before, to this one. */
function Differences({ number }: { number: number }) {
  const { data: choices } = useSuspenseQuery(ruleQueries.choices());
  const others = choices.versions.filter((one) => one.number !== number);
  const buildAddress = useCallback((view: VersionPageView) => versionAddress(number, view), [number]);
  const [view, change] = useAddressView(readVersionView, buildAddress, "replace");
  const other = otherVersion(number, view, others);
  const comparison = useQuery({
    ...ruleQueries.compare(other ?? number, number),
    enabled: other !== null,
    placeholderData: keepPreviousData,
  });
  const { data, error, isPlaceholderData } = comparison;
  return (
    <Panel
      title="Differences"
      aside={
        other !== null && data ? (
          <VersionSelect
            choices={others}
            value={other}
            onChange={(comparedWith) => change({ comparedWith })}
            number={number}
          />
        ) : null
      }
    >
      {data ? (
        <div className={cx("transition-opacity", isPlaceholderData && "opacity-60")}>
          <Comparison
            changes={data.changes}
            diff={data.diff}
            view={view.diff}
            onView={(diff) => change({ comparedWith: other, diff })}
          />
        </div>
      ) : error ? (
        <ErrorCard
          title="The versions could not be compared"
          message={error.message}
          {...(mayHelpToRetry(error) ? { onRetry: () => void comparison.refetch() } : {})}
        />
      ) : other !== null ? (
        <div aria-hidden="true" className="skeleton h-28" />
      ) : (
        <Empty icon="clock" title="There is no other version to compare with yet." />
      )}
    </Panel>
  );
}

function Facts({ version }: { version: VersionDetail }) {
  const { comment, actorName, publishedAt, applies, basedOn, rolledBackTo, ruleCount, isLive, live } = version;
  return (
    <Panel>
      <div className="pt-2">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 text-base font-medium wrap-anywhere">{comment}</span>
          {isLive ? <Badge tone="saved">live</Badge> : null}
          <SourceBadge version={version} />
        </p>
        <p className="text-ink2">
          {actorName}, <Instant at={publishedAt} /> (<Ago at={publishedAt} />)
        </p>
        <dl className="tn mt-2 flex flex-wrap gap-x-6 gap-y-1 text-xs text-ink2">
          <Fact label="Rules">{ruleCount}</Fact>
          <Fact label="Applied to">{applies === "now" ? "running sessions too" : "new sessions"}</Fact>
          {basedOn === null ? null : (
            <Fact label="Based on">
              <VersionLink number={basedOn} />
            </Fact>
          )}
          {rolledBackTo === null ? null : (
            <Fact label="Repeats">
              <VersionLink number={rolledBackTo} />
            </Fact>
          )}
          {isLive ? null : (
            <Fact label="Live now">
              <VersionLink number={live} />
            </Fact>
          )}
        </dl>
      </div>
    </Panel>
  );
}

const Fact = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <div className="flex gap-1.5">
    <dt className="text-ink3">{label}</dt>
    <dd className="text-ink">{children}</dd>
  </div>
);

const VersionLink = ({ number }: { number: number }) => (
  <Link href={paths.ruleVersion(number)} className="font-mono font-medium text-accent">
    v{number}
  </Link>
);
