export interface Curve {
  title: string;
  unit: string;
  points: readonly { x: number; us: number }[];
  /** What nginx takes for the same; null where it has no part in it. */
  beside: readonly { x: number; us: number }[] | null;
}

const PANEL = { width: 300, height: 190, left: 46, right: 14, top: 34, bottom: 34 };
const COLUMNS = 3;
/** Readable on light and dark pages: the file has its own background. */
const COLORS = {
  ground: "#fbfaf7",
  ink: "#24221d",
  faint: "#8a857a",
  grid: "#e4e0d6",
  line: "#b4541e",
  beside: "#8a857a",
};

/** Small line charts side by side. Counts stand on a logarithmic axis, kB on a plain one; every vertical axis begins at 0. */
export function curvesSvg(curves: readonly Curve[]): string {
  const rows = Math.ceil(curves.length / COLUMNS);
  const [width, height] = [COLUMNS * PANEL.width, rows * PANEL.height];
  const panels = curves.map((curve, i) => {
    const [x, y] = [(i % COLUMNS) * PANEL.width, Math.floor(i / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${panel(curve)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11" fill="${COLORS.ink}">
<title>CPU time a request against what grows with a team</title>
<rect width="${width}" height="${height}" fill="${COLORS.ground}"/>
${panels.join("\n")}
</svg>
`;
}

function panel({ title, unit, points, beside }: Curve): string {
  const isPlain = unit === "kB";
  const place = (x: number) => (isPlain ? x : Math.log10(Math.max(1, x)));
  const [first, last] = [place(points[0]?.x ?? 0), place(points.at(-1)?.x ?? 1)];
  const top = roundedUp(Math.max(...points.map(({ us }) => us)));
  const inner = { width: PANEL.width - PANEL.left - PANEL.right, height: PANEL.height - PANEL.top - PANEL.bottom };
  const atX = (x: number) => PANEL.left + ((place(x) - first) / (last - first || 1)) * inner.width;
  const atY = (us: number) => PANEL.top + (1 - us / top) * inner.height;
  const grid = [0, top / 2, top].map(
    (us) =>
      `<line x1="${PANEL.left}" x2="${PANEL.width - PANEL.right}" y1="${atY(us)}" y2="${atY(us)}" stroke="${COLORS.grid}"/><text x="${PANEL.left - 6}" y="${atY(us) + 4}" text-anchor="end" fill="${COLORS.faint}">${us}</text>`,
  );
  const formatPoints = (places: Curve["points"]) =>
    places.map(({ x, us }) => `${atX(x).toFixed(1)},${atY(us).toFixed(1)}`).join(" ");
  const end = beside?.at(-1);
  const besides =
    beside === null || end === undefined
      ? []
      : [
          `<polyline points="${formatPoints(beside)}" fill="none" stroke="${COLORS.beside}" stroke-width="2" stroke-dasharray="4 3"/>`,
          `<text x="${atX(end.x) - 4}" y="${atY(end.us) - 8}" text-anchor="end" fill="${COLORS.beside}">nginx</text>`,
        ];
  const dots = points.map(
    ({ x, us }) => `<circle cx="${atX(x).toFixed(1)}" cy="${atY(us).toFixed(1)}" r="3" fill="${COLORS.line}"/>`,
  );
  const labels = points
    .filter(({ x }, i) => i === 0 || atX(x) - atX(points[i - 1]?.x ?? 0) > 34)
    .map(
      ({ x }) =>
        `<text x="${atX(x).toFixed(1)}" y="${PANEL.height - PANEL.bottom + 16}" text-anchor="middle" fill="${COLORS.faint}">${short(x)}</text>`,
    );
  return [
    `<text x="${PANEL.left}" y="20" font-weight="600">${title}</text>`,
    `<text x="${PANEL.width - PANEL.right}" y="20" text-anchor="end" fill="${COLORS.faint}">µs a request, by ${unit}</text>`,
    ...grid,
    ...besides,
    `<polyline points="${formatPoints(points)}" fill="none" stroke="${COLORS.line}" stroke-width="2"/>`,
    ...dots,
    ...labels,
  ].join("");
}

const short = (x: number): string => (x >= 1_000 ? `${x / 1_000}k` : String(x));

/** To a figure that halves well. */
function roundedUp(us: number): number {
  const step = 10 ** Math.floor(Math.log10(us));
  return Math.ceil(us / step) * step;
}
