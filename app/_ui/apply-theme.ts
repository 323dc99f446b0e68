/**
 * Sets the theme where the root layout's script could not. A page that answers "not found" is drawn by the browser, and
 * scripts drawn that way do not run. Everywhere else the theme is there already and this does nothing. Short because it
 * runs before anything is drawn.
 */
export function applyMissingTheme(): void {
  const root = document.documentElement;
  if (root.dataset.theme) return;
  const stored = localStorage.getItem("cco-theme");
  const isDark = stored === "dark" || (stored !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = isDark ? "dark" : "light";
}
