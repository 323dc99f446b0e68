"use client";

import { useState } from "react";
import { Button } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Sheet } from "#app/_ui/sheet.tsx";
import { SecretOnce } from "../_parts/secret-once.tsx";
import { ChannelForm } from "./channel-form.tsx";
import { ChannelRow } from "./channel-row.tsx";
import type { AddedChannel, AlertsView, ChannelView } from "./queries.ts";
import { useChannelTests } from "./use-channel-tests.ts";

const kinds = [
  { kind: "slack", label: "Slack" },
  { kind: "webhook", label: "Webhook" },
  { kind: "email", label: "E-mail" },
] as const;

/** Sheet with the channels: where alerts are sent. Mounted while it is open. */
export function ChannelsSheet({ alerts, onClose }: { alerts: AlertsView; onClose: () => void }) {
  const { channels } = alerts;
  const tests = useChannelTests();
  const [adding, setAdding] = useState<ChannelView["kind"] | null>(null);
  const [secret, setSecret] = useState<AddedChannel | null>(null);
  const added = (one: AddedChannel) => {
    setAdding(null);
    if (one.secret !== null) setSecret(one);
  };
  return (
    <Sheet open onClose={onClose} title="Channels">
      <div className="space-y-4 px-4 py-4 sm:px-5">
        <p className="text-ink2">
          Where alerts are sent. A channel that does not answer is tried six times; the history says what became of each
          message.
        </p>
        {secret?.secret ? (
          <SecretOnce secret={secret.secret} label={`Signing secret of “${secret.channel.name}”`}>
            Copy it into the receiver now: it is stored sealed and not shown again. After a renewal the old one signs
            beside it for a day.
          </SecretOnce>
        ) : null}
        {channels.length === 0 && adding === null ? (
          <Empty icon="bell" title="Alerts are shown here only.">
            Add a channel to have them sent to Slack, to a webhook of yours, or by e-mail.
          </Empty>
        ) : (
          <ul className="divide-y divide-line border-y border-line">
            {channels.map((channel) => (
              <ChannelRow key={channel.id} channel={channel} alerts={alerts} tests={tests} onSecret={setSecret} />
            ))}
          </ul>
        )}
        {adding === null ? (
          <AddButtons onAdd={setAdding} />
        ) : adding === "email" && !alerts.hasMail ? (
          <NoMail onClose={() => setAdding(null)} />
        ) : (
          <ChannelForm key={adding} kind={adding} zone={alerts.zone} onAdded={added} onCancel={() => setAdding(null)} />
        )}
      </div>
    </Sheet>
  );
}

function AddButtons({ onAdd }: { onAdd: (kind: ChannelView["kind"]) => void }) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      {kinds.map(({ kind, label }) => (
        <Button key={kind} onClick={() => onAdd(kind)}>
          <Icon name="plus" className="size-3.5" />
          {label}
        </Button>
      ))}
    </div>
  );
}

/** Why no e-mail can be sent, and what the operator does about it. */
function NoMail({ onClose }: { onClose: () => void }) {
  return (
    <section aria-label="Add E-mail" className="rounded-lg border border-warn bg-surface p-4">
      <p className="font-medium">This installation has no mail server yet</p>
      <p className="mt-1 text-ink2">
        The operator sets <code className="font-mono text-xs">CCO_SMTP_URL</code> and{" "}
        <code className="font-mono text-xs">CCO_SMTP_FROM</code>, and starts CCO again. Example:
      </p>
      <pre className="mt-2 overflow-x-auto whitespace-pre-wrap break-all rounded-md bg-sunken p-2.5 font-mono text-xs">
        {"CCO_SMTP_URL=smtp://user:password@mail.example.com:587\nCCO_SMTP_FROM=CCO <cco@example.com>"}
      </pre>
      <div className="mt-3 flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </section>
  );
}
