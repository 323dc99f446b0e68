"use client";

import { swatchColour, type TierToken } from "#app/_charts/theme.ts";
import { cx } from "#app/_ui/cx.ts";
import type { FiguresView } from "#core/costs/figures.ts";
import { formatMoneyExact, formatMoneyShort } from "#core/report/format.ts";
import { AVOIDED_KEY, type ChartPart, SAVED_KEY } from "./prepare.ts";

type Unpaid = Pick<FiguresView, "savedNanoUsd" | "avoidedNanoUsd">;

/** Square in the colour of a series, or hatched for unpaid amounts. */
export function Swatch({ colour, small }: { colour: TierToken | "saved" | "avoided"; small?: boolean }) {
  const size = small ? "size-2" : "size-2.5";
  if (colour === "saved") return <span className={`${size} hatch shrink-0 rounded-[2px] border border-saved`} />;
  if (colour === "avoided") {
    return <span className={`${size} hatch shrink-0 -scale-x-100 rounded-[2px] border border-saved`} />;
  }
  return <span className={`${size} swatch shrink-0 rounded-[2px]`} style={{ background: swatchColour[colour] }} />;
}

/** Legend with totals; a click hides or shows a series. Saved and avoided are separate. */
export function Legend({
  parts,
  folded,
  unpaid,
  hidden,
  toggle,
}: {
  parts: readonly ChartPart[];
  folded: string | null;
  unpaid: Unpaid | null;
  hidden: ReadonlySet<string>;
  toggle: (key: string) => void;
}) {
  const items = [
    ...parts.map((part) => ({ ...part, title: `${part.models.join(", ")}: ${part.exact}` })),
    ...(unpaid ? unpaidItems(unpaid) : []),
  ];
  return (
    <ul aria-label="Legend" className="tn order-3 flex w-full flex-wrap gap-x-4 gap-y-0.5 text-xs text-ink2">
      {items.map(({ key, label, colour, total, title }) => (
        <li key={key}>
          <button
            type="button"
            aria-pressed={!hidden.has(key)}
            title={title}
            onClick={() => toggle(key)}
            className={cx("flex min-h-6 items-center gap-1.5", hidden.has(key) && "line-through opacity-50")}
          >
            <Swatch colour={colour} />
            <span className="max-w-[28ch] truncate">{label}</span> <span className="text-ink">{total}</span>
          </button>
        </li>
      ))}
      {folded ? <li className="flex min-h-6 items-center text-ink3">{folded} models</li> : null}
    </ul>
  );
}

function unpaidItems({ savedNanoUsd, avoidedNanoUsd }: Unpaid) {
  const item = (key: string, label: string, colour: "saved" | "avoided", nano: string | null) => ({
    key,
    label,
    colour,
    total: formatMoneyShort(nano),
    title: formatMoneyExact(nano),
  });
  return [
    item(SAVED_KEY, BigInt(savedNanoUsd ?? 0) < 0n ? "Lost by rules" : "Saved by rules", "saved", savedNanoUsd),
    item(AVOIDED_KEY, "Avoided by response cache", "avoided", avoidedNanoUsd),
  ];
}
