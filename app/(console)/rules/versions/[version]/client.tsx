"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { CodeBlock } from "#app/_ui/code.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Empty } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago, Instant } from "#app/_ui/time.tsx";
import { paths } from "#app/paths.ts";
import { Comparison } from "../../comparison.tsx";
import type { VersionComparison, VersionDetail, VersionView } from "../../queries.ts";
import { RollBackDialog } from "../../roll-back-dialog.tsx";
import { SourceBadge } from "../../source-badge.tsx";
import type { DiffView } from "../../url.ts";
import { VersionSelect } from "./version-select.tsx";

interface Props {
  version: VersionDetail;
  choices: readonly VersionView[];
  comparison: VersionComparison | null;
  view: DiffView;
  mayRollBack: boolean;
}

export function VersionClient({ version, choices, comparison, view, mayRollBack }: Props) {
  const router = useRouter();
  const [isAsking, setIsAsking] = useState(false);
  const [isLoading, startLoading] = useTransition();
  const { number, isLive, live } = version;
  const show = (other: number, nextView: DiffView) =>
    startLoading(() => router.replace(paths.ruleCompare(other, number, nextView), { scroll: false }));
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
      <Panel
        title="Differences"
        aside={
          comparison ? (
            <VersionSelect
              choices={choices}
              value={comparison.from.number}
              onChange={(other) => show(other, view)}
              number={number}
            />
          ) : null
        }
      >
        {comparison ? (
          <div className={cx("transition-opacity", isLoading && "opacity-60")}>
            <Comparison
              changes={comparison.changes}
              diff={comparison.diff}
              view={view}
              onView={(next) => show(comparison.from.number, next)}
            />
          </div>
        ) : (
          <Empty icon="clock" title="There is no other version to compare with yet." />
        )}
      </Panel>
      <CodeBlock text={version.toml} label={`v${number}, as it was published`} />
      {isAsking ? <RollBackDialog to={number} live={live} why={null} onClose={() => setIsAsking(false)} /> : null}
    </Page>
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
