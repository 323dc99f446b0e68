"use client";

import { type RefObject, useEffect, useRef, useState } from "react";
import { dayLabel } from "#core/time/range.ts";
import { type BurnChart as Chart, labelledDays } from "./prepare.ts";

const TEXT = { fontSize: 11, fontFamily: '"Instrument Sans Variable", ui-sans-serif, system-ui, sans-serif' };

/**
 * Running total of a budget with its limit, its steps and the forecast. Drawn to the width there is. Long because the
 * layers of one drawing share its scales.
 */
export function BurnChart({
  chart,
  fromDay,
  label,
  breaksOn,
  svg,
}: {
  chart: Chart;
  fromDay: string;
  /** The chart in a sentence. */
  label: string;
  /** "Thu 26 Nov"; null where the expected total stays below the limit. */
  breaksOn: string | null;
  svg: RefObject<SVGSVGElement | null>;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const isNarrow = width < 560;
  const height = isNarrow ? 220 : 286;
  const edge = { left: 48, right: isNarrow ? 8 : 40, top: 16, bottom: 26 };
  const toX = (x: number) => edge.left + (x / chart.daysCount) * (width - edge.left - edge.right);
  const toY = (y: number) => edge.top + (1 - Math.min(y, chart.top) / chart.top) * (height - edge.top - edge.bottom);
  const line = (points: readonly { x: number; y: number }[]) =>
    points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`).join("");
  const bottom = toY(0);
  const right = width - edge.right;
  const isOver = chart.breach !== null || chart.now.y >= chart.limit;
  const isLeft = chart.breach !== null && toX(chart.breach.x) > right - 120;
  return (
    <div ref={frame} className={isNarrow ? "h-[220px]" : "h-[286px]"}>
      {width === 0 ? (
        <div className="skeleton h-full" />
      ) : (
        <svg ref={svg} role="img" aria-label={label} width={width} height={height} className="block">
          {chart.ticks.map((tick) => (
            <g key={tick}>
              <line x1={edge.left} x2={right} y1={toY(tick)} y2={toY(tick)} stroke="var(--grid)" />
              <text x={edge.left - 8} y={toY(tick) + 4} textAnchor="end" fill="var(--ink-3)" style={TEXT}>
                {formatTick(tick)}
              </text>
            </g>
          ))}
          {labelledDays(fromDay, chart.daysCount, isNarrow ? 7 : 3).map(({ day, x }) => (
            <text key={day} x={toX(x)} y={height - 8} textAnchor="middle" fill="var(--ink-3)" style={TEXT}>
              {dayLabel(day, day.slice(0, 4))}
            </text>
          ))}
          {chart.band.length > 0 ? (
            <path
              d={`${line(chart.band)}Z`}
              fill={isOver ? "var(--danger-soft)" : "var(--sunken)"}
              stroke="var(--edge)"
              strokeWidth="0.5"
            />
          ) : null}
          {chart.steps.map(({ percent, y }) => (
            <g key={percent}>
              <line x1={edge.left} x2={right} y1={toY(y)} y2={toY(y)} stroke="var(--warn)" strokeDasharray="2 4" />
              {isNarrow ? null : (
                <text x={right + 6} y={toY(y) + 4} fill="var(--warn)" style={TEXT}>
                  {percent}%
                </text>
              )}
            </g>
          ))}
          <line
            x1={edge.left}
            x2={right}
            y1={toY(chart.limit)}
            y2={toY(chart.limit)}
            stroke="var(--danger)"
            strokeWidth="1.5"
          />
          <text x={edge.left + 6} y={toY(chart.limit) - 5} fill="var(--danger)" style={{ ...TEXT, fontWeight: 500 }}>
            Limit {formatTick(chart.limit)}
          </text>
          <line
            x1={toX(chart.now.x)}
            x2={toX(chart.now.x)}
            y1={edge.top}
            y2={bottom}
            stroke="var(--ink-3)"
            strokeDasharray="2 3"
          />
          <text x={toX(chart.now.x) - 5} y={bottom - 8} textAnchor="end" fill="var(--ink-3)" style={TEXT}>
            {toX(chart.now.x) > edge.left + 40 ? "now" : ""}
          </text>
          <path d={line(chart.spent)} fill="none" stroke="var(--ink)" strokeWidth="2" strokeLinejoin="round" />
          <path
            d={line(chart.forecast)}
            fill="none"
            stroke={isOver ? "var(--danger)" : "var(--ink-2)"}
            strokeWidth="2"
            strokeDasharray="4 3"
          />
          {chart.breach === null ? null : (
            <g>
              <line
                x1={toX(chart.breach.x)}
                x2={toX(chart.breach.x)}
                y1={toY(chart.breach.y)}
                y2={bottom}
                stroke="var(--danger)"
              />
              <circle
                cx={toX(chart.breach.x)}
                cy={toY(chart.breach.y)}
                r="4"
                fill="var(--danger)"
                stroke="var(--surface)"
                strokeWidth="2"
              />
              <text
                x={toX(chart.breach.x) + (isLeft ? -6 : 6)}
                y={bottom - 24}
                textAnchor={isLeft ? "end" : "start"}
                fill="var(--danger)"
                style={{ ...TEXT, fontWeight: 500 }}
              >
                {breaksOn === null ? "" : `breaks ${breaksOn}`}
              </text>
            </g>
          )}
          <circle
            cx={toX(chart.now.x)}
            cy={toY(chart.now.y)}
            r="4"
            fill="var(--ink)"
            stroke="var(--surface)"
            strokeWidth="2"
          />
        </svg>
      )}
    </div>
  );
}

/** "$1,500"; below ten dollars with cents. */
const formatTick = (dollars: number): string =>
  `$${dollars.toLocaleString("en-US", dollars < 10 && dollars !== 0 ? { maximumFractionDigits: 2 } : { maximumFractionDigits: 1 })}`;

/** Width of an element in whole pixels, 0 until it is known. */
function useWidth(frame: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}
