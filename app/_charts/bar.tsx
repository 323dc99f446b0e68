"use client";

import type { Chart, ChartDataset, ChartOptions, Scale } from "chart.js";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useCallback, useId, useRef, useState } from "react";
import { cx } from "#app/_ui/cx.ts";
import type { BarModel } from "./bar-model.ts";
import { ChartCanvas, type Drawing } from "./chart.tsx";
import { hatchPattern } from "./plugins.ts";
import type { ChartTheme } from "./theme.ts";

const TOOLTIP_PX = 228;
const LABEL_PX = 84;
const LABEL_PX_PHONE = 64;

/**
 * Stacked bars with what was not paid hatched on top. The cursor follows the pointer, a tap, or the arrow keys (Home,
 * End, Escape); every move is spoken. Long because pointer, keys and speech move one cursor.
 */
export function StackedBars({
  model,
  label,
  tip,
  say,
  onPick,
}: {
  model: BarModel;
  label: string;
  /** Tooltip beside the cursor. */
  tip: (index: number) => ReactNode;
  /** Tooltip as one sentence. */
  say: (index: number) => string;
  /** Called on a click on a bar, or Enter on the one under the cursor. */
  onPick?: (index: number) => void;
}) {
  const chart = useRef<Chart<"bar"> | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [byKey, setByKey] = useState(false);
  const hint = useId();
  const onReady = useCallback((made: Chart<"bar"> | null) => {
    chart.current = made;
  }, []);
  const draw = useCallback((theme: ChartTheme) => buildDrawing(model, theme), [model]);
  const last = model.labels.length - 1;
  const shown = cursor === null ? null : Math.min(cursor, last);

  const point = (event: PointerEvent) => {
    const area = chart.current?.chartArea;
    const box = chart.current?.canvas.getBoundingClientRect();
    if (!area || !box) return;
    const at = Math.floor(((event.clientX - box.left - area.left) / (area.right - area.left)) * model.labels.length);
    setByKey(false);
    setCursor(at < 0 || at > last ? null : at);
  };
  const pick = () => {
    if (shown !== null) onPick?.(shown);
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === "Enter") pick();
    const next = findPosition(event.key, cursor, last);
    if (next === undefined) return;
    event.preventDefault();
    setByKey(true);
    setCursor(next);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: no element means "chart"; the table beneath carries the same numbers
    <div
      role="group"
      aria-roledescription="chart"
      aria-label={label}
      aria-describedby={hint}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the cursor
      tabIndex={0}
      className={cx("relative h-full rounded-md", onPick && shown !== null && "cursor-pointer")}
      onClick={pick}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => !byKey && setCursor(null)}
      onKeyDown={move}
      onBlur={() => setCursor(null)}
    >
      <ChartCanvas draw={draw} cursor={shown} onReady={onReady} />
      <p id={hint} className="sr-only">
        Arrow keys move through the bars{onPick ? ", Enter opens one" : ""}. A table of the same numbers can be switched
        on.
      </p>
      <p className="sr-only" aria-live="polite">
        {byKey && shown !== null ? say(shown) : ""}
      </p>
      {shown === null ? null : (
        <div
          aria-hidden="true"
          className="pointer-events-none absolute top-8 z-10 rounded-lg border border-edge bg-surface p-3 text-xs shadow-pop"
          style={{ width: TOOLTIP_PX, left: tipLeft(chart.current, shown, model.labels.length) }}
        >
          {tip(shown)}
        </div>
      )}
    </div>
  );
}

/** Next position of the cursor; undefined for other keys. */
function findPosition(key: string, cursor: number | null, last: number): number | null | undefined {
  if (key === "ArrowRight") return cursor === null ? 0 : Math.min(cursor + 1, last);
  if (key === "ArrowLeft") return cursor === null ? last : Math.max(cursor - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return last;
  return key === "Escape" ? null : undefined;
}

/** Position of the tooltip: right of the bar if there is room, else left, inside the panel. */
function tipLeft(chart: Chart<"bar"> | null, index: number, slots: number): number {
  if (!chart?.chartArea) return 0;
  const { left, right } = chart.chartArea;
  const width = (right - left) / slots;
  const start = left + index * width;
  const after = start + width + 8;
  const at = after + TOOLTIP_PX > chart.width ? start - TOOLTIP_PX - 8 : after;
  return Math.min(Math.max(at, 0), Math.max(chart.width - TOOLTIP_PX, 0));
}

function buildDrawing(model: BarModel, theme: ChartTheme): Drawing {
  const shape = { borderSkipped: false, categoryPercentage: 0.78, barPercentage: 1, maxBarThickness: 72 } as const;
  const solid = model.series.map((series): ChartDataset<"bar"> => {
    const colour = theme.tiers[series.colour];
    return { ...shape, label: series.key, data: [...series.values], backgroundColor: colour, borderWidth: 0 };
  });
  const hatched = (values: readonly (number | null)[], key: string, lean: "right" | "left", isTop: boolean) => ({
    ...shape,
    label: key,
    data: [...values],
    backgroundColor: hatchPattern(theme, lean),
    borderColor: theme.saved,
    borderWidth: { top: 1.5, left: 0, right: 0, bottom: 0 },
    borderRadius: isTop ? { topLeft: 3, topRight: 3, bottomLeft: 0, bottomRight: 0 } : 0,
  });
  const unpaid = [
    { key: "saved", values: model.saved, lean: "right" },
    { key: "avoided", values: model.avoided, lean: "left" },
  ] as const;
  const used = unpaid.filter(({ values }) => values.some((value) => value !== null && value > 0));
  const datasets = [
    ...solid,
    ...used.map(({ key, values, lean }, at) => hatched(values, key, lean, at === used.length - 1)),
  ];
  return {
    data: { labels: [...model.labels], datasets },
    options: buildOptions(model, theme),
    extras: { theme, marks: model.marks, losses: model.losses, cursor: null },
  };
}

function buildOptions(model: BarModel, theme: ChartTheme): ChartOptions<"bar"> {
  const font = { family: theme.sans, size: 11 };
  const count = model.labels.length;
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
    layout: { padding: { top: 6 } },
    scales: {
      x: {
        stacked: true,
        grid: { display: false },
        border: { color: theme.edge },
        ticks: {
          color: theme.ink3,
          font,
          maxRotation: 0,
          autoSkip: false,
          callback(this: Scale, _value, index) {
            return isLabelled(index, count, this.width) ? (model.labels[index] ?? "") : "";
          },
        },
      },
      y: {
        stacked: true,
        beginAtZero: true,
        border: { display: false },
        grid: { color: theme.grid, tickLength: 0 },
        ticks: {
          color: theme.ink3,
          padding: 8,
          font,
          maxTicksLimit: window.innerWidth < 700 ? 4 : 6,
          callback: (value) => model.formatTick(Number(value)),
        },
      },
    },
  };
}

/** Labels that fit, counted from the newest, which is dropped where it would be clipped. */
function isLabelled(index: number, count: number, widthPx: number): boolean {
  const slotPx = widthPx / Math.max(count, 1);
  const step = Math.max(1, Math.ceil((widthPx < 600 ? LABEL_PX_PHONE : LABEL_PX) / slotPx));
  const edge = slotPx < 22 ? Math.ceil(22 / slotPx) - 1 : 0;
  return (count - 1 - edge - index) % step === 0 && count - 1 - edge >= index;
}
