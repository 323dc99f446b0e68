"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Button, IconButton } from "#app/_ui/button.tsx";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem } from "#app/_ui/menu.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { formatCounted } from "#core/report/plural.ts";
import { LastDelivery } from "./channel-choice.tsx";
import { type AddedChannel, type AlertsView, alertQueries, type ChannelView } from "./queries.ts";
import { TestResult } from "./test-result.tsx";
import type { useChannelTests } from "./use-channel-tests.ts";
import { lastDelivery } from "./words.ts";

const kindWords: Record<ChannelView["kind"], string> = { slack: "Slack", webhook: "Webhook", email: "E-mail" };

/** One channel with its last message, a test, and what may be done with it. */
export function ChannelRow({
  channel,
  alerts,
  tests,
  onSecret,
}: {
  channel: ChannelView;
  alerts: AlertsView;
  tests: ReturnType<typeof useChannelTests>;
  onSecret: (renewed: AddedChannel) => void;
}) {
  const { id, kind, name } = channel;
  const [asking, setAsking] = useState<"remove" | "renew" | null>(null);
  const outcome = tests.outcomes[id];
  const users = alerts.rules.filter(({ channels }) => channels.includes(id)).length;
  return (
    <li className="py-3">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <ChannelFacts channel={channel} users={users} alerts={alerts} />
          {users === 0 ? <SendEveryAlert channel={channel} rules={alerts.rules} /> : null}
          <TestResult outcome={outcome} />
        </div>
        <Button busy={outcome === "running"} aria-label={`Send test to ${name}`} onClick={() => tests.test([id])}>
          Send test
        </Button>
        <Menu
          trigger={
            <IconButton label={`Actions for ${name}`}>
              <Icon name="dots" />
            </IconButton>
          }
        >
          {kind === "webhook" ? <MenuItem onSelect={() => setAsking("renew")}>Renew secret</MenuItem> : null}
          <MenuItem danger onSelect={() => setAsking("remove")}>
            Remove channel
          </MenuItem>
        </Menu>
      </div>
      {asking === "remove" ? <RemoveDialog channel={channel} users={users} onClose={() => setAsking(null)} /> : null}
      {asking === "renew" ? (
        <RenewDialog channel={channel} onRenewed={onSecret} onClose={() => setAsking(null)} />
      ) : null}
    </li>
  );
}

function ChannelFacts({ channel, users, alerts }: { channel: ChannelView; users: number; alerts: AlertsView }) {
  const { kind, name, target, quietFrom, quietTo } = channel;
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <span className="font-medium wrap-anywhere">{name}</span>
        {name === kindWords[kind] ? null : <Badge>{kindWords[kind]}</Badge>}
      </p>
      <p className="text-xs text-ink2 wrap-anywhere">{target}</p>
      <p className="tn text-xs text-ink3">
        {users === 0 ? <span className="text-warn">no alert uses it</span> : `used by ${formatCounted(users, "alert")}`}
        {quietFrom && quietTo ? ` · quiet ${quietFrom} to ${quietTo}` : null} ·{" "}
        <LastDelivery last={lastDelivery(alerts.history, channel.id)} zone={alerts.zone} />
      </p>
    </>
  );
}

/** Button for a channel that no alert is sent to yet. */
function SendEveryAlert({ channel, rules }: { channel: ChannelView; rules: AlertsView["rules"] }) {
  const queries = useQueryClient();
  const { busy, run } = useAction("Not every alert is sent there", async () => {
    try {
      for (const { id, channels } of rules)
        await sendJson("PATCH", `/api/alerts/${encodeURIComponent(id)}`, {
          channels: [...channels, channel.id],
          was: { channels },
        });
    } finally {
      await queries.invalidateQueries({ queryKey: alertQueries.all() });
    }
  });
  return (
    <button
      type="button"
      aria-busy={busy || undefined}
      onClick={() => !busy && void run()}
      className="min-h-6 text-xs font-medium text-accent"
    >
      Send it every alert
    </button>
  );
}

function RemoveDialog({ channel, users, onClose }: { channel: ChannelView; users: number; onClose: () => void }) {
  const queries = useQueryClient();
  const { busy, run } = useAction("The channel was not removed", async () => {
    await sendJson("DELETE", `/api/alerts/channels/${encodeURIComponent(channel.id)}`);
    await queries.invalidateQueries({ queryKey: alertQueries.all() });
    toast(`Channel “${channel.name}” is removed`);
    onClose();
  });
  return (
    <ConfirmDialog
      title={`Remove “${channel.name}”?`}
      description={
        users === 0
          ? "No alert is sent to it."
          : `${formatCounted(users, "alert")} will be sent to the remaining channels only. Messages that wait for it are dropped.`
      }
      stay="Keep channel"
      go="Remove channel"
      isDamage
      busy={busy}
      onStay={onClose}
      onGo={() => void run()}
    />
  );
}

function RenewDialog({
  channel,
  onRenewed,
  onClose,
}: {
  channel: ChannelView;
  onRenewed: (renewed: AddedChannel) => void;
  onClose: () => void;
}) {
  const { busy, run } = useAction("The secret was not renewed", async () => {
    onRenewed(await sendJson<AddedChannel>("POST", `/api/alerts/channels/${encodeURIComponent(channel.id)}/secret`));
    onClose();
  });
  return (
    <ConfirmDialog
      title={`Renew the secret of “${channel.name}”?`}
      description="The new secret is shown once. For a day the old one signs beside it, so that the receiver can be changed."
      go="Renew secret"
      busy={busy}
      onStay={onClose}
      onGo={() => void run()}
    />
  );
}
