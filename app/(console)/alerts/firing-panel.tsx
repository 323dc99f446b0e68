"use client";

import { Button, LinkButton } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import type { AlertRuleView, FiringView } from "./queries.ts";
import { SnoozeMenu } from "./snooze-menu.tsx";
import { Dot } from "./state-mark.tsx";
import { useAcknowledge } from "./use-alert-actions.ts";
import { deliveryLines, formatMoment, formatSoFar, type Share, sayFiring, toShares } from "./words.ts";

interface Props {
  firing: FiringView;
  /** Missing when it was removed meanwhile. */
  rule: AlertRuleView | undefined;
  zone: string;
}

/**
 * Large panel for the alert that waits for a person. It shows what is wrong, the evidence, and the one action that ends
 * it.
 */
export function FiringPanel({ firing, rule, zone }: Props) {
  return (
    <section aria-labelledby="h-firing" className="overflow-hidden rounded-lg border border-edge bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2.5 lg:px-5">
        <Dot look="bg-danger" isGlowing />
        <h2 id="h-firing" className="min-w-0 text-base font-semibold wrap-anywhere">
          {firing.name}
        </h2>
        <span suppressHydrationWarning className="tn text-xs text-ink2">
          firing {formatSoFar(firing.firedAt, Date.now())}, since {formatMoment(firing.firedAt, zone)} {zone}
        </span>
        <div className="flex items-center gap-2 sm:ml-auto">
          <FiringActions firing={firing} rule={rule} zone={zone} />
        </div>
      </div>
      <FiringBody firing={firing} zone={zone} />
    </section>
  );
}

/** Acknowledge and snooze. */
export function FiringActions({ firing, rule, zone }: Props) {
  const { busy, run: acknowledge } = useAcknowledge(firing.id);
  return (
    <>
      {firing.acknowledgedBy === null ? (
        <Button busy={busy} onClick={() => void acknowledge()}>
          Acknowledge
        </Button>
      ) : (
        <span className="flex items-center gap-1.5 text-xs text-ink2">
          <Icon name="check" className="size-3.5 text-saved" />
          Acknowledged by {firing.acknowledgedBy}
        </span>
      )}
      {rule ? <SnoozeMenu rule={rule} zone={zone} /> : null}
    </>
  );
}

/** Numbers at the left, evidence and fix at the right; on phones the fix comes before the evidence. */
export function FiringBody({ firing, zone }: Omit<Props, "rule">) {
  const { title, value, evidence, isOfNow, note } = sayFiring(firing);
  const { fix } = firing;
  const shares = toShares({ evidence });
  return (
    <div className="grid lg:grid-cols-[minmax(0,1fr)_340px] lg:grid-rows-[1fr_auto]">
      <div className="min-w-0 px-4 py-4 lg:row-span-2 lg:px-5">
        <p className="tn text-lg font-semibold tracking-[-.015em] wrap-anywhere">{title}</p>
        {shares.length > 0 ? <Shares shares={shares} /> : <p className="tn mt-0.5 text-ink2 wrap-anywhere">{value}</p>}
        {note === null ? null : <p className="tn mt-3 text-xs text-ink2 wrap-anywhere">{note}</p>}
        <Deliveries firing={firing} zone={zone} />
      </div>
      <div className="order-last min-w-0 border-t border-line px-4 py-4 lg:order-none lg:border-l lg:border-t-0 lg:px-5">
        <h3 className="font-semibold">{isOfNow ? "Evidence" : "Evidence when it fired"}</h3>
        <dl className="tn mt-2 grid grid-cols-[minmax(0,92px)_minmax(0,1fr)] gap-x-3 gap-y-2 text-xs">
          {evidence.map(({ label, text }) => (
            <div key={`${label} ${text}`} className="contents">
              <dt className="text-ink3">{label}</dt>
              <dd className="wrap-anywhere">{text}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div className="min-w-0 px-4 pb-4 lg:border-l lg:border-line lg:px-5">
        <LinkButton href={fix.path} look="solid" className="h-9 w-full">
          {fix.label}
          <Icon name="arrow" className="size-3.5" />
        </LinkButton>
        <p className="mt-2 text-xs text-ink3">Opens the step. Nothing changes before you confirm it there.</p>
      </div>
    </div>
  );
}

/** Bars of shares, the first in the colour of danger. */
function Shares({ shares }: { shares: readonly Share[] }) {
  return (
    <ul className="mt-4 space-y-3">
      {shares.map(({ label, percent, text, length }, index) => (
        <li key={label}>
          <p className="tn flex flex-wrap items-baseline gap-x-2 text-xs">
            <span className="text-ink2">{label}</span>
            <span className={cx("text-base font-semibold", index === 0 && "text-danger")}>{percent}</span>
            <span className="text-ink3">{text}</span>
          </p>
          <div aria-hidden="true" className="track mt-1 h-2.5 rounded-[2px] bg-sunken">
            <div
              className={cx("h-full min-w-[2px] rounded-[2px]", index === 0 ? "bg-danger" : "bg-field")}
              style={{ width: `${(length * 100).toFixed(1)}%` }}
            />
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Where it was sent, or that it is shown here only. */
function Deliveries({ firing, zone }: Omit<Props, "rule">) {
  const lines = deliveryLines(firing);
  return (
    <p className="tn mt-5 flex flex-wrap gap-x-1.5 text-xs text-ink3">
      <span>
        {lines.length === 0
          ? `Fired ${formatMoment(firing.firedAt, zone)}. It was sent to no channel.`
          : `Sent ${formatMoment(firing.firedAt, zone)}:`}
      </span>
      {lines.map(({ key, text, isFailed }, index) => (
        <span key={key} className={cx("wrap-anywhere", isFailed ? "text-warn" : "text-ink2")}>
          {text}
          {index < lines.length - 1 ? " ·" : ""}
        </span>
      ))}
    </p>
  );
}
