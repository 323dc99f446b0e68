"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { Button } from "#app/_ui/button.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Page } from "#app/_ui/page.tsx";
import { paths } from "#app/paths.ts";
import { AlertSheet } from "./alert-sheet.tsx";
import { ChannelsSheet } from "./channels-sheet.tsx";
import { FiringList } from "./firing-list.tsx";
import { FiringPanel } from "./firing-panel.tsx";
import { HistoryPanel } from "./history-panel.tsx";
import { NewAlertDialog } from "./new-alert-dialog.tsx";
import { type AlertsView, alertQueries } from "./queries.ts";
import { RulesPanel } from "./rules-panel.tsx";
import { type AlertsPageView, nothingOpen, readView, viewParams } from "./url.ts";
import { findLead, summaryWords } from "./words.ts";

const buildAddress = (view: AlertsPageView) => paths.alerts(viewParams(view));

/** Alerts: what fires now with its fix, the rules that watch, the channels, and the history. */
export function AlertsClient() {
  const [view, change] = useAddressView(readView, buildAddress);
  const { data: alerts, error, refetch } = useSuspenseQuery(alertQueries.page());
  const [isChoosing, setChoosing] = useState(false);
  const open = (part: Partial<AlertsPageView>) => change({ ...nothingOpen, ...part });
  const openChannels = () => open({ channels: true });
  const { firing, rules, zone } = alerts;
  const lead = findLead(firing, rules);
  const actions = (
    <>
      <span className="tn hidden text-xs text-ink2 md:block">{summaryWords(alerts)}</span>
      <Button onClick={openChannels}>Channels</Button>
      <Button look="solid" onClick={() => setChoosing(true)}>
        <Icon name="plus" className="size-3.5" />
        New alert
      </Button>
    </>
  );
  return (
    <Page title="Alerts" actions={actions}>
      {error ? (
        <ErrorCard title="The alerts are out of date" message={error.message} onRetry={() => void refetch()} />
      ) : null}
      {alerts.channels.length === 0 ? <NoChannel onAdd={openChannels} /> : null}
      {lead ? <FiringPanel firing={lead} rule={rules.find(({ id }) => id === lead.ruleId)} zone={zone} /> : null}
      <FiringList firing={firing.filter(({ id }) => id !== lead?.id)} rules={rules} zone={zone} />
      <RulesPanel alerts={alerts} onOpen={(alert) => open({ alert })} />
      <HistoryPanel alerts={alerts} />
      {isChoosing ? (
        <NewAlertDialog
          kinds={alerts.kinds}
          onChoose={(adds) => {
            setChoosing(false);
            open({ adds });
          }}
          onClose={() => setChoosing(false)}
        />
      ) : null}
      <OpenSheet view={view} alerts={alerts} onChannels={openChannels} onClose={() => open({})} />
    </Page>
  );
}

/** The sheet that the address names. */
function OpenSheet({
  view,
  alerts,
  onChannels,
  onClose,
}: {
  view: AlertsPageView;
  alerts: AlertsView;
  onChannels: () => void;
  onClose: () => void;
}) {
  if (view.channels) return <ChannelsSheet alerts={alerts} onClose={onClose} />;
  const rule = alerts.rules.find(({ id }) => id === view.alert) ?? null;
  const kind = alerts.kinds.find((one) => one.kind === (rule?.kind ?? view.adds));
  if (kind === undefined) return null;
  return (
    <AlertSheet
      key={rule?.id ?? kind.kind}
      alerts={alerts}
      kind={kind}
      rule={rule}
      onChannels={onChannels}
      onClose={onClose}
    />
  );
}

function NoChannel({ onAdd }: { onAdd: () => void }) {
  return (
    <section
      aria-label="No channel"
      className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-surface p-4"
    >
      <p className="min-w-0 flex-1">
        <b className="font-medium">Alerts are shown here only.</b>{" "}
        <span className="text-ink2">Add a channel to have them sent to Slack, a webhook or by e-mail.</span>
      </p>
      <Button onClick={onAdd}>Add a channel</Button>
    </section>
  );
}
