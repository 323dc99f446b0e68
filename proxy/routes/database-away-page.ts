import { createHash } from "node:crypto";
import type { Outage } from "../ledger/client/ledger-news.ts";
import type { ProxyContext } from "../process/proxy-context.ts";

/** The console's theme choice, as `app/layout.tsx` applies it. */
const THEME_SCRIPT = `(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  let choice = "system";
  try { choice = localStorage.getItem("cco-theme") || "system"; } catch {}
  document.documentElement.dataset.theme = choice === "dark" || (choice === "system" && dark) ? "dark" : "light";
})()`;

/** Script hash for the content security policy of this page: its one script, and no other. */
export const PAGE_SCRIPT_HASH = `'sha256-${createHash("sha256").update(THEME_SCRIPT).digest("base64")}'`;

/** The colours are those of `app/globals.css`; the fonts too, where this machine has them. */
const STYLE = `
:root { color-scheme: light; --bg: #faf9f6; --surface: #ffffff; --ink: #1c1b18; --ink-2: #5b574e; --ink-3: #6c675d; --line: #e9e6df;
  --saved: #137a50; --saved-soft: #e3f2ea; --warn: #8f5400; --warn-soft: #fbf0dc; }
[data-theme="dark"] { color-scheme: dark; --bg: #11110f; --surface: #181816; --ink: #f3f1eb; --ink-2: #b7b2a6; --ink-3: #918c80; --line: #2a2925;
  --saved: #4fc38d; --saved-soft: #15301f; --warn: #e3a44a; --warn-soft: #35260f; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100dvh; background: var(--bg); color: var(--ink); font: 14px/22px "Instrument Sans Variable", "Instrument Sans", ui-sans-serif, system-ui, "Segoe UI", sans-serif;
  -webkit-font-smoothing: antialiased; display: flex; flex-direction: column; }
header { padding: 24px 20px 0; display: flex; align-items: center; gap: 10px; font-weight: 600; letter-spacing: -.01em; }
header svg { width: 24px; height: 24px; flex: none; }
main { width: 100%; max-width: 600px; margin: auto; padding: 40px 20px; }
h1 { font-size: 22px; line-height: 32px; font-weight: 600; letter-spacing: -.02em; margin: 0; text-wrap: balance; }
p { margin: 4px 0 0; color: var(--ink-2); }
.status { display: inline-flex; align-items: center; gap: 8px; padding: 2px 10px; margin-bottom: 16px; border-radius: 6px; background: var(--warn-soft); color: var(--warn);
  font-size: 12px; line-height: 20px; font-weight: 500; }
.status i { width: 7px; height: 7px; border-radius: 50%; background: currentColor; }
section { margin-top: 24px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
h2 { margin: 0; padding: 12px 16px; font-size: 14px; font-weight: 600; border-bottom: 1px solid var(--line); }
ul { list-style: none; margin: 0; padding: 4px 0; }
li { display: grid; grid-template-columns: 132px 1fr; gap: 4px 16px; padding: 8px 16px; }
li b { font-weight: 500; }
li span { color: var(--ink-2); overflow-wrap: anywhere; }
footer { margin-top: 16px; color: var(--ink-3); font-size: 12px; line-height: 18px; }
@media (max-width: 520px) { li { grid-template-columns: 1fr; } }
`;

const MARK = `<svg viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="6" fill="var(--ink)"/><path d="M5.5 7.5h4.25V12H14v4.5h3.2" fill="none" stroke="var(--bg)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/><circle cx="18" cy="16.5" r="1.9" fill="var(--bg)"/></svg>`;

/**
 * Builds the page at the console's address while the database cannot be read. It says what is away, since when, what
 * goes on and what waits. It reloads until the console is back. Strangers see it too: `isDetailed`, with figures and
 * reasons, is for callers on this machine only. Long because it is one page: its words, then their place.
 */
export function buildDatabaseAwayPage(context: ProxyContext, outage: Outage, isDetailed: boolean): string {
  const asOfMs = context.ledger.keysAsOfMs();
  const isServingKeys = context.ledger.areKeysKnown();
  const { version } = context.snapshot();
  const keys = !isServingKeys
    ? "Unknown here, so callers with proxy keys are refused until the database is back."
    : `As the database last confirmed them${asOfMs === null ? "" : `, ${formatTime(asOfMs)}`}. They hold for 24 hours from then.`;
  const rules =
    isDetailed && version !== null ? `Version ${version} goes on serving.` : "The last good rules go on serving.";
  const records =
    "Written to this machine’s disk first, and brought into the database when it is back. Nothing is lost.";
  const works = [
    ["Model traffic", "Served as before."],
    ["Rules", rules],
    ["Keys and limits", keys],
    ["Records", isDetailed ? `${records} ${formatSize(context.spool.backlog().bytes)} wait now.` : records],
  ];
  const waits = [
    ["Sign-in", "Sessions and passwords are in the database. No one is signed out by this."],
    ["Changes", "Rules, keys and people can be changed again when the database is back."],
    ["Figures", "Spend and activity of this time appear afterwards, complete."],
  ];
  const reason = isDetailed
    ? `<section aria-labelledby="why"><h2 id="why">What the database said</h2><ul><li><b>Reason</b><span>${escapeHtml(outage.text)}</span></li></ul></section>`
    : "";
  return `<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="5">
<title>Database unavailable · CCO</title>
<script>${THEME_SCRIPT}</script>
<style>${STYLE}</style>
</head>
<body>
<header>${MARK}CCO</header>
<main>
<div class="status"><i></i>Since ${formatTime(outage.sinceMs)}</div>
<h1>The database is unavailable</h1>
<p role="status">Model traffic continues; the console returns when the database does.</p>
<section aria-labelledby="works"><h2 id="works">Still works</h2><ul>${formatRows(works)}</ul></section>
<section aria-labelledby="waits"><h2 id="waits">Waits for the database</h2><ul>${formatRows(waits)}</ul></section>
${reason}
<footer>This page looks again every five seconds.</footer>
</main>
</body>
</html>
`;
}

const formatRows = (rows: string[][]): string =>
  rows.map(([name = "", text = ""]) => `<li><b>${name}</b><span>${escapeHtml(text)}</span></li>`).join("");

const formatTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;

const formatSize = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
