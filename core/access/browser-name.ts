/** Browser patterns in order of precedence: every browser also claims to be the ones after it. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, "Edge"],
  [/\bEdgiOS\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bHeadlessChrome\/|\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bVersion\/[\d.]+.*\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPad\b/, "iPadOS"],
  [/\biPhone\b/, "iOS"],
  [/\bWindows NT\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/**
 * Formats a User-Agent header as "Firefox on Linux", so that people can recognise their own sessions. Names only: the
 * header is a claim of the client and proves nothing. Null when no part of it is known.
 */
export function formatBrowser(userAgent: string | null): string | null {
  const text = (userAgent ?? "").slice(0, 512);
  const find = (list: typeof browsers) => list.find(([pattern]) => pattern.test(text))?.[1] ?? null;
  const [browser, system] = [find(browsers), find(systems)];
  if (browser === null) return system === null ? null : `A browser on ${system}`;
  return system === null ? browser : `${browser} on ${system}`;
}
