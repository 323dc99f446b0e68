import { expect, type Page, test } from "@playwright/test";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { failingRule, writeFirings } from "./alert-rows.ts";
import { barriers, colourBarriers } from "./barriers.ts";
import { type Installation, keepFromPrefetching, signIn, startInstallation } from "./fixtures.ts";
import { expectFocusInContent } from "./focus-in-content.ts";

/** Every page of a lived-in installation: readable by everyone, in both themes, on both widths, under a strict policy. */
test.describe.configure({ mode: "default" });

const pages = [
  { path: "/", heading: "Overview" },
  { path: "/activity", heading: "Activity" },
  { path: "/activity?tab=sessions&outcome=overridden", heading: "Activity" },
  { path: "/activity?live=1&range=today", heading: "Activity" },
  { path: "/activity?project=nowhere", heading: "Activity" },
  { path: "/costs", heading: "Costs" },
  { path: "/costs?group=model", heading: "Costs" },
  { path: "/budgets", heading: "Budgets" },
  { path: "/rules", heading: "Rules" },
  { path: "/rules/edit", heading: /rules/i },
  { path: "/rules/versions/2", heading: /v2/ },
  { path: "/cache", heading: "Cache" },
  { path: "/connect", heading: "Connect" },
  { path: "/team", heading: "Team" },
  { path: "/alerts", heading: "Alerts" },
  { path: "/audit", heading: "Audit log" },
  { path: "/settings", heading: "Settings" },
  { path: "/terminal", heading: "Terminal" },
];
type Theme = "light" | "dark";
/**
 * Widths and themes in which pages are looked at. The theme follows the system on the wide screen. It is the reader's
 * choice against the system on the narrow one.
 */
const looks: readonly {
  width: number;
  prefetches: boolean;
  loaded: Theme;
  changed: Theme;
  ask: (theme: Theme) => Promise<void>;
}[] = [
  {
    width: 1440,
    prefetches: true,
    loaded: "light",
    changed: "dark",
    ask: (theme) => page.emulateMedia({ colorScheme: theme }),
  },
  {
    width: 390,
    prefetches: false,
    loaded: "dark",
    changed: "light",
    ask: async (theme) => {
      await page.emulateMedia({ colorScheme: theme === "dark" ? "light" : "dark" });
      // What the theme switch in Settings does.
      await page.evaluate((choice) => {
        localStorage.setItem("cco-theme", choice);
        document.documentElement.dataset.theme = choice;
      }, theme);
    },
  },
];

let cco: Installation;
let stop: () => Promise<void>;
let page: Page;
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  const started = await startInstallation({ seeded: true });
  cco = started.installation;
  stop = started.stop;
  await writeFirings(cco.dataDir, [failingRule]);
  page = await (await browser.newContext()).newPage();
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/content security policy|hydrat/i.test(message.text())) complaints.push(message.text());
  });
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(cco.url) && !/^(data|blob):/.test(request.url()))
      complaints.push(`left the origin: ${request.url()}`);
  });
  const owner = demoPeople.find((person) => person.role === "owner");
  await signIn(page, cco, { email: owner?.email ?? "", password: demoPassword });
  await page.goto(cco.url);
});
test.afterAll(async () => {
  await page?.close();
  await stop?.();
});

for (const { width, prefetches, loaded, changed, ask } of looks) {
  test(`every page is accessible in ${loaded} and then in ${changed}, ${width} wide`, async () => {
    await page.setViewportSize({ width, height: 900 });
    if (!prefetches) await keepFromPrefetching(page);
    const root = page.locator("html");
    const found: string[] = [];
    for (const { path, heading } of pages) {
      await ask(loaded);
      await page.goto(`${cco.url}${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(heading);
      await expect(page.locator(".skeleton")).toHaveCount(0);
      await expect(root).toHaveAttribute("data-theme", loaded);
      found.push(...(await barriers(page, `${path} in ${loaded}`)));
      await ask(changed);
      await expect(root).toHaveAttribute("data-theme", changed);
      found.push(...(await colourBarriers(page, `${path} in ${changed}`)));
    }
    expect(found).toEqual([]);
  });
}

test("no page left the origin, violated the policy, or failed in the browser", () => {
  expect(complaints).toEqual([]);
});

test("the number on screen is the number in the CSV, for a month of traffic", async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${cco.url}/costs?group=model&range=last-month`);
  const total = page.getByRole("row", { name: /total/i }).last();
  await expect(total).toBeVisible();
  const csv = await (await page.request.get(`${cco.url}/api/reports/costs.csv?group=model&range=last-month`)).text();
  const [head = [], ...rows] = csv
    .trim()
    .split("\n")
    .map((line) => line.split(",").map((cell) => cell.trim().replace(/^"|"$/g, "")));
  const at = head.indexOf("cost_usd");

  const sum = rows.reduce((nano, row) => nano + BigInt((row[at] ?? "").replace(".", "") || "0"), 0n);

  const exact = `$${(sum / 1_000_000_000n).toString().replace(/\B(?=(\d{3})+$)/g, ",")}.${(sum % 1_000_000_000n)
    .toString()
    .padStart(9, "0")
    .replace(/0{1,7}$/, "")}`;
  await expect(total.getByTitle(exact).first()).toBeVisible();
});

for (const [where, shown] of [
  ["/costs?metric=requests&range=last-month", "Costs"],
  ["/?metric=requests&range=last-month", "Overview"],
] as const)
  test(`a bar of ${shown} opens the requests of its day, as many as it names`, async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(cco.url + where);
    const chart = page.getByRole("group", { name: /^Requests per day/ });
    await chart.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    const sentence = (await chart.locator("[aria-live]").textContent()) ?? "";
    const [, count = ""] = /All requests (\d+(?:,\d{3})*)/.exec(sentence) ?? [];
    expect(count).toMatch(/^[1-9]/);
    await page.keyboard.press("Enter");

    await expect(page).toHaveURL(/\/activity\?range=\d{4}-\d\d-\d\d$/);
    await expect(page.getByRole("heading", { name: /^Requests per hour/ })).toContainText(count);
    await expectFocusInContent(page);
    // The pointer does the same, and so does the table behind the chart.
    await page.goBack();
    await chart.click();
    await expect(page).toHaveURL(/\/activity\?range=\d{4}-\d\d-\d\d$/);
    await page.goBack();
    await page.getByRole("button", { name: "Table" }).first().click();
    await page.getByRole("table", { name: "Table of figures per day" }).getByRole("link").first().click();
    await expect(page).toHaveURL(/\/activity\?range=\d{4}-\d\d-\d\d$/);
  });

test("the policy allows only our own scripts, and the page cannot be framed", async () => {
  const answer = await page.request.get(`${cco.url}/`);
  const policy = answer.headers()["content-security-policy"] ?? "";

  expect(policy).toMatch(/script-src [^;]*'nonce-[^']+'/);
  expect(policy).not.toMatch(/script-src [^;]*'unsafe-inline'/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(answer.headers()["x-powered-by"]).toBeUndefined();
  expect(answer.headers()["cache-control"]).toContain("no-store");
});
