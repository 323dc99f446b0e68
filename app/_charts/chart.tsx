"use client";

import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartData,
  type ChartOptions,
  LinearScale,
} from "chart.js";
import { useEffect, useRef, useState } from "react";
import { bandPlugin, type ChartExtras, lossPlugin, marksPlugin, setExtras } from "./plugins.ts";
import { type ChartTheme, onThemeChange, readTheme } from "./theme.ts";

Chart.register(BarController, BarElement, CategoryScale, LinearScale);

/** Input of one drawing, in the current colours. */
export interface Drawing {
  data: ChartData<"bar">;
  options: ChartOptions<"bar">;
  extras: ChartExtras;
}

/**
 * A canvas with one chart: created once, updated in place, destroyed with the page, redrawn when theme or fonts change.
 * `draw` must be stable while its input is; `cursor` moves without touching the data. Long because the effects that
 * create, update and destroy one chart depend on each other.
 */
export function ChartCanvas({
  draw,
  cursor,
  onReady,
}: {
  draw: (theme: ChartTheme) => Drawing;
  cursor: number | null;
  onReady: (chart: Chart<"bar"> | null) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<"bar"> | null>(null);
  const extras = useRef<ChartExtras | null>(null);
  const [look, setLook] = useState(0);

  useEffect(() => {
    if (!canvas.current) return;
    const made = new Chart(canvas.current, {
      type: "bar",
      data: { labels: [], datasets: [] },
      options: { animation: false, responsive: true, maintainAspectRatio: false },
      plugins: [bandPlugin, lossPlugin, marksPlugin],
    });
    chart.current = made;
    onReady(made);
    const redraw = () => setLook((count) => count + 1);
    const stop = onThemeChange(redraw);
    // The canvas does not redraw when web fonts load.
    void Promise.all([
      document.fonts.load('12px "Instrument Sans Variable"'),
      document.fonts.load('500 11px "Geist Mono Variable"'),
    ]).then(redraw, () => undefined);
    return () => {
      stop();
      onReady(null);
      made.destroy();
      chart.current = null;
    };
  }, [onReady]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `look` stands for theme and fonts, which `draw` reads outside React
  useEffect(() => {
    const own = chart.current;
    if (!own) return;
    const drawing = draw(readTheme());
    extras.current = { ...drawing.extras, cursor: extras.current?.cursor ?? null };
    setExtras(own, extras.current);
    own.data = drawing.data;
    own.options = drawing.options;
    own.update("none");
  }, [draw, look]);

  useEffect(() => {
    if (!chart.current || !extras.current || extras.current.cursor === cursor) return;
    extras.current = { ...extras.current, cursor };
    setExtras(chart.current, extras.current);
    chart.current.draw();
  }, [cursor]);

  return <canvas ref={canvas} />;
}
