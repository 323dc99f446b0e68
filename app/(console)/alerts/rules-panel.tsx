"use client";

import { cx } from "#app/_ui/cx.ts";
import { Link } from "#app/_ui/link.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { paths } from "#app/paths.ts";
import { alertKinds } from "#core/alerts/alert-kinds.ts";
import { formatRelative } from "#core/report/format.ts";
import type { AlertRuleView, AlertsView, ChannelView } from "./queries.ts";
import { StateMark } from "./state-mark.tsx";
import { formatAmount, formatSpan } from "./typed.ts";
import { formatMoment } from "./words.ts";

interface Props {
  alerts: AlertsView;
  onOpen: (id: string) => void;
}

/** Table of the alerts; a row opens the alert to edit it. */
export function RulesPanel({ alerts, onOpen }: Props) {
  const { rules, zone, channels, lookedAt } = alerts;
  return (
    <Panel
      title="Alert rules"
      aside={
        <span suppressHydrationWarning className="tn text-ink3">
          {lookedAt === null ? "not judged yet" : `judged every 30 s, last ${agoWords(lookedAt)}`}
        </span>
      }
      flush
    >
      <DataTable
        label="Alert rules"
        rows={rules}
        rowKey={({ id }) => id}
        rowClassName={({ isOn }) => cx("relative align-top hover:bg-sunken", !isOn && "text-ink3")}
        columns={buildColumns(zone, channels, onOpen)}
        card={{ below: "md", draw: (rule) => <RuleCard rule={rule} zone={zone} channels={channels} onOpen={onOpen} /> }}
      />
    </Panel>
  );
}

const buildColumns = (
  zone: string,
  channels: readonly ChannelView[],
  onOpen: Props["onOpen"],
): readonly Column<AlertRuleView>[] => [
  {
    name: "Alert",
    className: "min-w-[200px]",
    cell: (rule) => (
      <>
        <RuleLink rule={rule} onOpen={onOpen} />
        <p className="text-xs text-ink3 wrap-anywhere">{rule.about}</p>
      </>
    ),
  },
  { name: "State", cell: (rule) => <StateMark rule={rule} zone={zone} /> },
  { name: "Now", className: "text-xs leading-5 wrap-anywhere", cell: ({ now }) => now ?? "–" },
  {
    name: "Minimum sample",
    from: "xl",
    className: "whitespace-nowrap text-xs leading-5 text-ink2",
    cell: sampleWords,
  },
  {
    name: "Cool-down",
    from: "lg",
    className: "whitespace-nowrap text-xs leading-5 text-ink2",
    cell: ({ coolDownS }) => formatSpan(coolDownS),
  },
  {
    name: "Last fired",
    from: "lg",
    className: "whitespace-nowrap text-xs leading-5 text-ink2",
    cell: (rule) => lastFired(rule, zone),
  },
  { name: "Channels", cell: (rule) => <Channels rule={rule} channels={channels} /> },
];

function RuleCard({
  rule,
  zone,
  channels,
  onOpen,
}: { rule: AlertRuleView; zone: string; channels: readonly ChannelView[] } & Pick<Props, "onOpen">) {
  return (
    <div className={rule.isOn ? undefined : "text-ink3"}>
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <RuleLink rule={rule} onOpen={onOpen} />
          <p className="text-xs text-ink3 wrap-anywhere">{rule.about}</p>
        </div>
        <div className="shrink-0 text-right">
          <StateMark rule={rule} zone={zone} />
        </div>
      </div>
      {rule.now === null ? null : <p className="mt-1 text-xs wrap-anywhere">{rule.now}</p>}
      <p className="tn mt-0.5 text-xs text-ink3">
        Last fired: {lastFired(rule, zone)} · sample {sampleWords(rule)} · cool-down {formatSpan(rule.coolDownS)}
      </p>
      <div className="mt-1">
        <Channels rule={rule} channels={channels} />
      </div>
    </div>
  );
}

/** Link of a row around its name; covers the whole row. */
function RuleLink({ rule, onOpen }: { rule: AlertRuleView } & Pick<Props, "onOpen">) {
  return (
    <Link
      href={paths.alerts({ alert: rule.id })}
      data-alert={rule.id}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(rule.id);
      }}
      className={cx("font-medium wrap-anywhere after:absolute after:inset-0", rule.isOn ? "text-ink" : "text-ink3")}
    >
      {rule.name}
    </Link>
  );
}

function Channels({ rule, channels }: { rule: AlertRuleView; channels: readonly ChannelView[] }) {
  const own = channels.filter(({ id }) => rule.channels.includes(id));
  if (own.length === 0) return <span className="text-xs text-ink3">here only</span>;
  return (
    <ul className="flex flex-wrap gap-1">
      {own.map(({ id, name }) => (
        <li
          key={id}
          title={name}
          className="max-w-[140px] truncate rounded-sm border border-line px-1.5 text-2xs leading-[18px] text-ink2"
        >
          {name}
        </li>
      ))}
    </ul>
  );
}

function sampleWords({ kind, minimumSample }: AlertRuleView): string {
  const { sample } = alertKinds[kind];
  return sample === null ? "none" : formatAmount(minimumSample, sample.unit);
}

const lastFired = ({ lastFiredAt }: AlertRuleView, zone: string): string =>
  lastFiredAt === null ? "never" : formatMoment(lastFiredAt, zone);

const agoWords = (at: string): string => {
  const length = formatRelative(Date.parse(at), Date.now());
  return length === "now" ? "just now" : `${length} ago`;
};
