import type { Curve } from "./curve-svg.ts";
import type { Aim } from "./report.ts";

/** Of everything but the body's size the cost should not depend; measuring is not more exact than this. */
const FLAT_TIMES = 1.25;
/**
 * Bound for what a further kB costs at the long end of a curve. It may cost as much as in the middle, give or take.
 * Where the processor's caches end, it may cost as much more as it does nginx, which only copies.
 */
const LINEAR_TIMES = 1.25;

/** The last place of a curve against its lowest. */
export function flatAim({ title, points }: Curve): Aim {
  const least = Math.min(...points.map(({ us }) => us));
  const last = points.at(-1)?.us ?? Number.NaN;
  const times = last / least;
  return {
    what: `the cost of a request does not grow with: ${title.toLowerCase()}`,
    measured: `${times.toFixed(2)}× from ${points[0]?.x.toLocaleString("en")} to ${points.at(-1)?.x.toLocaleString("en")}`,
    reached: times <= FLAT_TIMES,
  };
}

/**
 * Compares the cost of a further kB at the long end with that in the middle. More than that would be worse than linear.
 */
export function linearAim({ title, points, beside }: Curve): Aim {
  const ours = bend(points);
  const nginx = bend(beside ?? []);
  const names = `from ${points.at(-4)?.x} to ${points.at(-3)?.x} kB, ${ours.last.toFixed(2)} from ${points.at(-2)?.x} to ${points.at(-1)?.x} kB`;
  return {
    what: `the cost of a request grows at most linearly with: ${title.toLowerCase()}`,
    measured: `${ours.middle.toFixed(2)} µs a further kB ${names}; nginx, which only copies, ${nginx.middle.toFixed(2)} and ${nginx.last.toFixed(2)}`,
    reached: ours.last / ours.middle <= LINEAR_TIMES * Math.max(1, nginx.last / nginx.middle),
  };
}

/** µs a further kB costs in the middle of a curve and at its long end. */
function bend(points: Curve["points"]): { middle: number; last: number } {
  const perKb = points.slice(1).map((point, i) => {
    const before = points[i] ?? point;
    return (point.us - before.us) / (point.x - before.x);
  });
  return { middle: perKb.at(-3) ?? Number.NaN, last: perKb.at(-1) ?? Number.NaN };
}
