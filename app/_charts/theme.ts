/** Design tokens for canvases, which cannot read CSS variables; read again when the theme changes. */
export interface ChartTheme {
  surface: string;
  sunken: string;
  ink2: string;
  ink3: string;
  edge: string;
  grid: string;
  saved: string;
  savedSoft: string;
  danger: string;
  tiers: Record<TierToken, string>;
  sans: string;
  mono: string;
}

/**
 * Colour names of bar series. They are price tiers, `t0` for Other alone, and `x…` for models a tier has no colour left
 * for.
 */
export type TierToken = (typeof tokens)[number];

/** Colours for further models of a tier and models without a tier, in the order of use. */
export const spareTokens = ["x1", "x2", "x3", "x4", "x5", "x6"] as const;

const tokens = ["t0", "t1", "t2", "t3", ...spareTokens] as const;

const byToken = (readColour: (token: TierToken) => string) =>
  Object.fromEntries(tokens.map((token) => [token, readColour(token)])) as Record<TierToken, string>;

/** Reads the colours of the page's current theme for charts, which draw on a canvas. */
export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    surface: token("--surface"),
    sunken: token("--sunken"),
    ink2: token("--ink-2"),
    ink3: token("--ink-3"),
    edge: token("--edge"),
    grid: token("--grid"),
    saved: token("--saved"),
    savedSoft: token("--saved-soft"),
    danger: token("--danger"),
    tiers: byToken((name) => token(`--${name}`)),
    sans: '"Instrument Sans Variable", ui-sans-serif, system-ui, sans-serif',
    mono: '"Geist Mono Variable", ui-monospace, monospace',
  };
}

/** The same colours for HTML swatches. */
export const swatchColour = byToken((name) => `var(--${name})`);

/** Calls back when the colours may have changed; returns a function that stops it. */
export function onThemeChange(callback: () => void): () => void {
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const forced = matchMedia("(forced-colors: active)");
  forced.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    forced.removeEventListener("change", callback);
  };
}
