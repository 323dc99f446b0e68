/** The design tokens a canvas needs. It cannot read CSS variables, so they are read here and again when the theme changes. */
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

/** Colour names of bar series: price tiers (`t0` unknown or other) and, with a `b`, the second model of one tier. */
export type TierToken = "t0" | "t1" | "t1b" | "t2" | "t2b" | "t3" | "t3b";

export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const [t1, t2, t3] = [token("--t1"), token("--t2"), token("--t3")];
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
    tiers: { t0: token("--t0"), t1, t2, t3, t1b: mix(t1, t2), t2b: mix(t2, t1), t3b: mix(t3, t2) },
    sans: '"Instrument Sans Variable", ui-sans-serif, system-ui, sans-serif',
    mono: '"Geist Mono Variable", ui-monospace, monospace',
  };
}

/** The same colours for HTML swatches. */
export const swatchColour: Record<TierToken, string> = {
  t0: "var(--t0)",
  t1: "var(--t1)",
  t2: "var(--t2)",
  t3: "var(--t3)",
  t1b: "color-mix(in srgb, var(--t1) 55%, var(--t2))",
  t2b: "color-mix(in srgb, var(--t2) 55%, var(--t1))",
  t3b: "color-mix(in srgb, var(--t3) 55%, var(--t2))",
};

/** Calls back whenever the colours may have changed; returns the way to stop. */
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

/** 55 % of one hex colour in 45 % of another. */
function mix(a: string, b: string): string {
  const channel = (colour: string, at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  const parts = [1, 3, 5].map((at) => Math.round(channel(a, at) * 0.55 + channel(b, at) * 0.45));
  return parts.some(Number.isNaN) ? a : `rgb(${parts.join(" ")})`;
}
