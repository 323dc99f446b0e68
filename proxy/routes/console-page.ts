/**
 * The two pages the proxy serves without the console. No script and no outside file: the starting page reloads by a
 * meta tag.
 */
export const CONSOLE_STARTING_PAGE = page({
  title: "CCO · Console is starting",
  heading: "The console is starting",
  text: "Model traffic is being served meanwhile. This page opens automatically in a few seconds.",
  refresh: true,
});

export const CONSOLE_ABSENT_PAGE = page({
  title: "CCO",
  heading: "No console on this address",
  text: "This process carries model traffic only. Open the console where it was started, or start everything with “cco run”.",
  refresh: false,
});

function page({
  title,
  heading,
  text,
  refresh,
}: {
  title: string;
  heading: string;
  text: string;
  refresh: boolean;
}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refresh ? '<meta http-equiv="refresh" content="2">' : ""}
<title>${title}</title>
<style>
:root { --ground: #f7f7f5; --ink: #1b1c1e; --soft: #62656b; --line: #dcdcd8; --mark: #2f6f5e; }
@media (prefers-color-scheme: dark) { :root { --ground: #141517; --ink: #ececea; --soft: #9a9da3; --line: #2b2d31; --mark: #6fbfa6; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
  font: 15px/1.6 "Instrument Sans", ui-sans-serif, system-ui, sans-serif; }
main { width: min(26rem, calc(100vw - 3rem)); }
.name { font-weight: 600; letter-spacing: .02em; font-size: 13px; color: var(--soft); margin: 0 0 1.25rem; }
h1 { font-size: 22px; line-height: 1.3; font-weight: 600; margin: 0 0 .5rem; letter-spacing: -.01em; }
p { margin: 0; color: var(--soft); }
.bar { height: 2px; margin-top: 1.75rem; background: var(--line); overflow: hidden; border-radius: 1px; }
.bar i { display: block; width: 30%; height: 100%; background: var(--mark); animation: run 1.6s ease-in-out infinite; }
@keyframes run { from { transform: translateX(-100%); } to { transform: translateX(433%); } }
@media (prefers-reduced-motion: reduce) { .bar i { animation: none; width: 100%; } }
</style>
</head>
<body>
<main>
<p class="name">CCO</p>
<h1>${heading}</h1>
<p role="status">${text}</p>
${refresh ? '<div class="bar" aria-hidden="true"><i></i></div>' : ""}
</main>
</body>
</html>
`;
}
