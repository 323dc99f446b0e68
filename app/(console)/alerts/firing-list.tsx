"use client";

import { useState } from "react";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { pluralize } from "#core/report/plural.ts";
import { FiringActions, FiringBody } from "./firing-panel.tsx";
import type { AlertRuleView, FiringView } from "./queries.ts";
import { Dot } from "./state-mark.tsx";
import { formatSoFar, sayFiring } from "./words.ts";

/** What fires beside the one that is drawn large: a row each, which opens in place. */
export function FiringList({
  firing,
  rules,
  zone,
}: {
  firing: readonly FiringView[];
  rules: readonly AlertRuleView[];
  zone: string;
}) {
  const [openId, setOpenId] = useState<string | null>(null);
  if (firing.length === 0) return null;
  return (
    <section aria-labelledby="h-others" className="overflow-hidden rounded-lg border border-line bg-surface">
      <h2 id="h-others" className="px-4 pb-1.5 pt-3 font-semibold lg:px-5">
        {firing.length} {pluralize(firing.length, "other fires", "others fire")}
      </h2>
      <ul className="divide-y divide-line border-t border-line">
        {firing.map((one) => (
          <FiringRow
            key={one.id}
            firing={one}
            rule={rules.find(({ id }) => id === one.ruleId)}
            zone={zone}
            isOpen={one.id === openId}
            onToggle={() => setOpenId(one.id === openId ? null : one.id)}
          />
        ))}
      </ul>
    </section>
  );
}

function FiringRow({
  firing,
  rule,
  zone,
  isOpen,
  onToggle,
}: {
  firing: FiringView;
  rule: AlertRuleView | undefined;
  zone: string;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const { firedAt, acknowledgedBy } = firing;
  const isSnoozed = Boolean(rule?.snoozedUntil);
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className={cx(
          "grid w-full grid-cols-[auto_minmax(0,1fr)_auto_auto] items-center gap-x-3 px-4 py-2.5 text-left hover:bg-sunken lg:px-5",
          isOpen && "bg-sunken",
        )}
      >
        <Dot look={acknowledgedBy === null && !isSnoozed ? "bg-danger" : "bg-field"} />
        <Sentence firing={firing} />
        <span suppressHydrationWarning className="tn text-right text-xs text-ink2">
          {formatSoFar(firedAt, Date.now())}
          {acknowledgedBy === null ? null : <span className="block text-2xs text-ink3">acknowledged</span>}
          {isSnoozed ? <span className="block text-2xs text-ink3">snoozed</span> : null}
        </span>
        <Icon name={isOpen ? "up" : "down"} className="size-3.5 text-ink3" />
      </button>
      {isOpen ? (
        <div className="border-t border-line">
          <div className="flex flex-wrap items-center gap-2 px-4 pt-3 lg:px-5">
            <FiringActions firing={firing} rule={rule} zone={zone} />
          </div>
          <FiringBody firing={firing} zone={zone} />
        </div>
      ) : null}
    </li>
  );
}

function Sentence({ firing }: { firing: FiringView }) {
  const { title, note } = sayFiring(firing);
  return (
    <span className="min-w-0">
      <span className="block font-medium wrap-anywhere">{firing.name}</span>
      <span className="block text-xs text-ink2 wrap-anywhere">{title}</span>
      {note === null ? null : <span className="block text-xs text-ink3 wrap-anywhere">{note}</span>}
    </span>
  );
}
