import { expect, type Locator, type Page } from "@playwright/test";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { type Installation, openPage, signIn, test } from "./fixtures.ts";
import { expectFocusInContent } from "./focus-in-content.ts";

/** Layers opened by keyboard return the focus to their opener. */
let cco: Installation;
let page: Page;

test.beforeAll(async ({ browser, demo }) => {
  cco = demo;
  page = await openPage(browser);
  const email = demoPeople.find(({ role }) => role === "owner")?.email ?? "";
  await signIn(page, cco, { email, password: demoPassword });
});
test.afterAll(() => page?.context().close());

interface Layer {
  at: string;
  name: string;
  opener: (on: Page) => Locator;
  /** Chosen in the menu that the opener opens. */
  entry?: RegExp;
  role?: "dialog" | "menu";
}

const button = (name: RegExp | string) => (on: Page) => on.locator("main").getByRole("button", { name }).first();
const actions = (on: Page) => on.getByRole("button", { name: /^Actions for/ }).nth(1);

const layers: Layer[] = [
  { at: "/team", name: "invite", opener: button(/^Invite/) },
  { at: "/team", name: "actions for a person", opener: actions, role: "menu" },
  { at: "/team", name: "change role", opener: actions, entry: /Change role/ },
  { at: "/team", name: "limits and team", opener: actions, entry: /Limits and team/ },
  { at: "/team", name: "limits of everybody", opener: button("Limits of everybody") },
  { at: "/team", name: "add limits", opener: button("Add limits") },
  { at: "/team", name: "reset link", opener: actions, entry: /reset link/ },
  { at: "/team", name: "disable", opener: actions, entry: /^Disable/ },
  { at: "/team", name: "issue key", opener: button("Issue key") },
  { at: "/team", name: "limits of a key", opener: button("Limits of Laptop") },
  { at: "/team", name: "revoke key", opener: button(/^Revoke /) },
  { at: "/rules", name: "pause", opener: (on) => on.getByLabel("Overrides", { exact: true }).first() },
  { at: "/rules", name: "instances", opener: button(/Show instances/) },
  { at: "/rules", name: "roll back", opener: button(/^Roll back to/) },
  { at: "/alerts", name: "channels", opener: button("Channels") },
  { at: "/alerts", name: "new alert", opener: button("New alert") },
  {
    at: "/alerts",
    name: "edit an alert",
    opener: (on) => on.locator("main").getByRole("link", { name: "Spool backlog" }),
  },
  { at: "/audit", name: "export", opener: button("Export"), role: "menu" },
  { at: "/cache", name: "purge", opener: button("Purge") },
  { at: "/costs", name: "filter", opener: button("Filter") },
];

for (const { at, name, opener, entry, role = "dialog" } of layers) {
  test(`Escape from "${name}" on ${at} restores the focus to its opener`, async () => {
    // The last one left its page as it was: its layer is closed.
    if (page.url() !== cco.url + at || (await page.getByRole("dialog").or(page.getByRole("menu")).count()) > 0)
      await page.goto(cco.url + at);
    await opener(page).focus();
    await page.keyboard.press("Enter");
    if (entry) {
      await page.getByRole("menuitem", { name: entry }).focus();
      await page.keyboard.press("Enter");
    }
    await expect(page.getByRole(role).first()).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole(role)).toHaveCount(0);
    await expect(opener(page)).toBeFocused();
  });
}

test("Escape from a new alert restores the focus to what opened the list of kinds, which is gone", async () => {
  await page.goto(`${cco.url}/alerts`);
  await button("New alert")(page).focus();
  await page.keyboard.press("Enter");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /spool/i })
    .or(page.getByRole("menuitem", { name: /spool/i }))
    .first()
    .focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Add alert" })).toBeVisible();
  await expect(page.getByRole("dialog").locator(":focus")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(button("New alert")(page)).toBeFocused();
});

test("a pager at the end of its list keeps the focus, and its keys go on to work", async () => {
  await page.goto(`${cco.url}/activity`);
  await page.locator("main tbody tr").nth(1).getByRole("link").first().focus();
  await page.keyboard.press("Enter");
  const newer = page.getByRole("button", { name: /^Newer request/ });
  await newer.focus();
  await page.keyboard.press("Enter");
  await expect(newer).toHaveAttribute("aria-disabled", "true");
  await expect(newer).toBeFocused();
  const before = page.url();
  await page.keyboard.press("j");
  await expect(page).not.toHaveURL(before);
  await page.keyboard.press("Escape");
});

test("Enter on Older versions, which goes with its last page, puts the focus on the first that it added", async () => {
  await page.goto(`${cco.url}/rules`);
  const versions = page.locator("main").getByRole("link", { name: /^v\d+$/ });
  const oldest = async () => Math.min(...(await versions.allTextContents()).map((text) => Number(text.slice(1))));
  const more = button("Older versions")(page);
  await expect(more).toBeVisible();
  let last = 0;
  while ((await more.count()) > 0) {
    last = await oldest();
    await more.focus();
    await page.keyboard.press("Enter");
    await expect.poll(oldest).toBeLessThan(last);
  }
  await expect(page.locator("main :focus")).toHaveText(`v${last - 1}`);
});

test("a refresh that takes the focused row away neither scrolls the page nor takes the focus from a reader who clicked beside it", async () => {
  await page.goto(`${cco.url}/team`);
  const rows = page.locator("main tbody tr");
  const remove = (at: number) => rows.nth(at).evaluate((row) => row.remove());
  await rows.nth(5).getByRole("button").last().focus();
  await page.evaluate(() => scrollTo(0, 0));
  await remove(5);
  await expect(rows.nth(5).getByRole("button").first()).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(0);

  await page.getByRole("heading", { level: 1 }).first().click();
  await expect(page.locator(":focus")).toHaveCount(0);
  await remove(5);
  await expect(page.locator(":focus")).toHaveCount(0);
});

for (const [at, name] of [
  ["/team", /^Actions for/],
  ["/costs", /^Filter/],
] as const)
  test(`Escape from a layer of ${at} whose button a narrower window hides leaves the focus in the content`, async () => {
    await page.goto(cco.url + at);
    await page
      .getByRole("button", { name })
      .filter({ visible: true })
      .nth(at === "/team" ? 1 : 0)
      .focus();
    await page.keyboard.press("Enter");
    const layer = page.getByRole("dialog").or(page.getByRole("menu"));
    await expect(layer).toBeVisible();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.keyboard.press("Escape");
    await expect(layer).toHaveCount(0);
    await expectFocusInContent(page);
    await page.setViewportSize({ width: 1440, height: 900 });
  });
