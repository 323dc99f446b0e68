import type { Chart, Plugin } from "chart.js";
import type { ChartTheme } from "./theme.ts";

/** Pill with a dashed line between two bars. `at` counts slots from the left edge. */
export interface ChartMark {
  at: number;
  text: string;
}

/** Data of the plugins; kept with the chart and replaced in place. */
export interface ChartExtras {
  theme: ChartTheme;
  marks: readonly ChartMark[];
  /** Per slot: full price inside the bar of a day that lost money, else null. */
  losses: readonly (number | null)[];
  cursor: number | null;
}

const extras = new WeakMap<Chart, ChartExtras>();

export const setExtras = (chart: Chart, value: ChartExtras): void => {
  extras.set(chart, value);
};

/** Half a slot in pixels: category scales place values in the middle of theirs. */
function slotWidth(chart: Chart): number {
  const { x } = chart.scales;
  const count = chart.data.labels?.length ?? 1;
  return x ? x.width / Math.max(count, 1) : 0;
}

/** Draws the background of the slot under the cursor. */
export const bandPlugin: Plugin<"bar"> = {
  id: "band",
  beforeDatasetsDraw(chart) {
    const own = extras.get(chart);
    if (!own || own.cursor === null) return;
    const width = slotWidth(chart);
    const { left, top, bottom } = chart.chartArea;
    chart.ctx.fillStyle = own.theme.sunken;
    chart.ctx.fillRect(left + own.cursor * width, top, width, bottom - top);
  },
};

/** Draws a danger-coloured line at the full price, inside the bar of a slot that lost money. */
export const lossPlugin: Plugin<"bar"> = {
  id: "losses",
  afterDatasetsDraw(chart) {
    const own = extras.get(chart);
    const { y } = chart.scales;
    if (!own || !y) return;
    const width = slotWidth(chart);
    const { ctx } = chart;
    ctx.save();
    for (const [index, amount] of own.losses.entries()) {
      if (amount === null) continue;
      const left = chart.chartArea.left + (index + 0.06) * width;
      const at = Math.round(y.getPixelForValue(amount));
      ctx.fillStyle = own.theme.surface;
      ctx.fillRect(left, at - 2, width * 0.88, 4);
      ctx.fillStyle = own.theme.danger;
      ctx.fillRect(left, at - 1, width * 0.88, 2);
    }
    ctx.restore();
  },
};

/** Draws rule publishes on the time axis. Overlapping pills merge, with the newest and their number. */
export const marksPlugin: Plugin<"bar"> = {
  id: "marks",
  afterDatasetsDraw(chart) {
    const own = extras.get(chart);
    if (!own || own.marks.length === 0) return;
    const { ctx, chartArea: area } = chart;
    const width = slotWidth(chart);
    ctx.save();
    ctx.font = `500 11px ${own.theme.mono}`;
    ctx.textBaseline = "middle";
    let rightEdge = Number.POSITIVE_INFINITY;
    let hidden = 0;
    for (const mark of [...own.marks].sort((a, b) => b.at - a.at)) {
      const x = area.left + mark.at * width;
      line(chart, own.theme, x);
      const pill = ctx.measureText(mark.text).width + 10;
      const left = Math.min(Math.max(x - pill / 2, area.left), area.right - pill);
      if (left + pill > rightEdge - 4) {
        hidden += 1;
        continue;
      }
      ctx.fillStyle = own.theme.sunken;
      ctx.beginPath();
      ctx.roundRect(left, area.top - 1, pill, 16, 4);
      ctx.fill();
      ctx.fillStyle = own.theme.ink2;
      ctx.fillText(mark.text, left + 5, area.top + 7.5);
      rightEdge = left;
    }
    ctx.restore();
    chart.canvas.dataset.hiddenMarks = String(hidden);
  },
};

function line(chart: Chart, theme: ChartTheme, x: number): void {
  const { ctx, chartArea: area } = chart;
  ctx.strokeStyle = theme.ink3;
  ctx.setLineDash([2, 3]);
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(Math.round(x) + 0.5, area.top + 15);
  ctx.lineTo(Math.round(x) + 0.5, area.bottom);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Hatch on soft green for unpaid amounts. `lean` separates saved by rules from avoided by cache. */
export function hatchPattern(theme: ChartTheme, lean: "right" | "left"): CanvasPattern | string {
  const size = 6;
  const scale = window.devicePixelRatio || 1;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size * scale;
  const ctx = tile.getContext("2d");
  if (!ctx) return theme.savedSoft;
  ctx.scale(scale, scale);
  ctx.fillStyle = theme.savedSoft;
  ctx.fillRect(0, 0, size, size);
  ctx.strokeStyle = theme.saved;
  ctx.globalAlpha = 0.62;
  ctx.beginPath();
  for (const shift of [-size, 0, size]) {
    ctx.moveTo(lean === "right" ? shift - 1 : size - shift + 1, size + 1);
    ctx.lineTo(lean === "right" ? shift + size + 1 : -shift - 1, -1);
  }
  ctx.stroke();
  const pattern = ctx.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern ?? theme.savedSoft;
}
