import type { ReactNode } from "react";
import { shortModel } from "#core/costs/model-key.ts";
import { Icon } from "./icon.tsx";

/** Price rank of a model: 1 most expensive to 3 cheapest, null unknown. Higher ranks have more contrast in both themes. */
type Tier = 1 | 2 | 3 | null;

const fills = { 0: "bg-t0", 1: "bg-t1", 2: "bg-t2", 3: "bg-t3" } as const;

function TierSquare({ tier }: { tier: Tier }) {
  return <span aria-hidden="true" className={`inline-block size-2 shrink-0 rounded-[2px] ${fills[tier ?? 0]}`} />;
}

/**
 * Model name in mono with its tier square, or the mark given, as beside a chart. The prefix `claude-` and the date are
 * dropped on screen. The tooltip has the full id.
 */
export function ModelName({ model, tier, mark }: { model: string; tier: Tier; mark?: ReactNode }) {
  return (
    <span
      className="inline-flex max-w-full items-center gap-1.5 whitespace-nowrap font-mono text-[0.78125rem]"
      title={model}
    >
      {mark ?? <TierSquare tier={tier} />}
      <span className="min-w-0 max-w-[28ch] truncate">{shortModel(model)}</span>
    </span>
  );
}

/** Route of a request: requested model → served model. */
export function RouteMark({ from, to, fromTier, toTier }: { from: string; to: string; fromTier: Tier; toTier: Tier }) {
  return (
    <span className="inline-flex min-w-0 flex-wrap items-center gap-x-2">
      <ModelName model={from} tier={fromTier} />
      <span className="text-ink3">
        <Icon name="arrow" className="size-3.5" />
      </span>
      <span className="sr-only">served by</span>
      <ModelName model={to} tier={toTier} />
    </span>
  );
}
