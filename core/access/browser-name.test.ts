import { describe, expect, it } from "vitest";
import { formatBrowser } from "./browser-name.ts";

const mozilla = "Mozilla/5.0";
const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";

describe("formatBrowser", () => {
  it.each([
    [`${mozilla} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, "Firefox on Linux"],
    [`${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/141.0.0.0 Safari/537.36`, "Chrome on Windows"],
    [
      `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`,
      "Edge on Windows",
    ],
    [
      `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15`,
      "Safari on macOS",
    ],
    [
      `${mozilla} (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1`,
      "Chrome on iOS",
    ],
    [`${mozilla} (Linux; Android 16) ${webkit} Chrome/141.0.0.0 Mobile Safari/537.36`, "Chrome on Android"],
    ["curl/8.9.1", "curl"],
    ["SomethingElse (Linux)", "A browser on Linux"],
    ["<script>alert(1)</script>", null],
    ["", null],
    [null, null],
  ])("names the browser of %j", (userAgent, name) => {
    expect(formatBrowser(userAgent)).toBe(name);
  });
});
