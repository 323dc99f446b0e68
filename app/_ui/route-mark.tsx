import { shortModel } from "#core/costs/model-key.ts";
import { Icon } from "./icon.tsx";

/** Price rank of a model: 1 dearest to 3 cheapest, null unknown. Dearer stands farther from the background in both themes. */
export type Tier = 1 | 2 | 3 | null;

const fills = { 0: "bg-t0", 1: "bg-t1", 2: "bg-t2", 3: "bg-t3" } as const;

function TierSquare({ tier }: { tier: Tier }) {
  return <span aria-hidden="true" className={`inline-block size-2 shrink-0 rounded-[2px] ${fills[tier ?? 0]}`} />;
}

/** A model in mono with its tier square; the `claude-` prefix and the date are dropped on screen only, the full id is the tooltip. */
export function ModelName({ model, tier }: { model: string; tier: Tier }) {
  return (
    <span
      className="inline-flex max-w-full items-center gap-1.5 whitespace-nowrap font-mono text-[0.78125rem]"
      title={model}
    >
      <TierSquare tier={tier} />
      <span className="min-w-0 max-w-[28ch] truncate">{shortModel(model)}</span>
    </span>
  );
}

/** The product's signature: requested model → served model. */
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
