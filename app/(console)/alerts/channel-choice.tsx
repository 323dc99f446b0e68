import { cx } from "#app/_ui/cx.ts";
import { FieldError } from "#app/_ui/field.tsx";
import type { AlertsView, TestOutcome } from "./queries.ts";
import { TestResult } from "./test-result.tsx";
import { deliveryWords, formatMoment, lastDelivery } from "./words.ts";

/** Checkboxes of the channels an alert is sent to, each with its last message. */
export function ChannelChoice({
  alerts,
  ruleId,
  value,
  error,
  outcomes,
  onChange,
}: {
  alerts: AlertsView;
  /** Null: the alert is new. */
  ruleId: string | null;
  value: readonly string[];
  error: string | undefined;
  outcomes: Record<string, TestOutcome | "running">;
  onChange: (value: readonly string[]) => void;
}) {
  const { channels, history, zone } = alerts;
  if (channels.length === 0)
    return <p className="text-ink2">Alerts are shown here only. Add a channel to have them sent.</p>;
  const toggle = (id: string) => onChange(value.includes(id) ? value.filter((one) => one !== id) : [...value, id]);
  return (
    <fieldset>
      <legend className="sr-only">Channels</legend>
      <ul className="divide-y divide-line">
        {channels.map((channel) => (
          <li key={channel.id} className="py-1">
            <label className="flex min-h-8 cursor-pointer items-start gap-2.5 py-1">
              <input
                type="checkbox"
                checked={value.includes(channel.id)}
                onChange={() => toggle(channel.id)}
                className="mt-0.5 size-4 shrink-0 accent-[var(--accent)]"
              />
              <span className="min-w-0 flex-1">
                <span className="font-medium wrap-anywhere">{channel.name}</span>{" "}
                <span className="text-xs text-ink2 wrap-anywhere">{channel.target}</span>
                <TestResult outcome={outcomes[channel.id]} />
              </span>
              <LastDelivery last={lastDelivery(history, channel.id, ruleId ?? "")} zone={zone} />
            </label>
          </li>
        ))}
      </ul>
      <FieldError text={error} />
    </fieldset>
  );
}

/** The last message to a channel: when, and what became of it. */
export function LastDelivery({ last, zone }: { last: ReturnType<typeof lastDelivery>; zone: string }) {
  if (last === null) return <span className="shrink-0 text-xs text-ink3">not used yet</span>;
  const { delivery, at } = last;
  return (
    <span
      title={delivery.problem ?? undefined}
      className={cx(
        "tn max-w-[200px] shrink-0 text-right text-xs",
        delivery.state === "failed" ? "text-warn" : delivery.state === "sent" ? "text-saved" : "text-ink3",
      )}
    >
      {delivery.state === "sent" ? "delivered " : null}
      {formatMoment(at, zone)}, {delivery.state === "failed" ? "not delivered" : deliveryWords(delivery)}
    </span>
  );
}
