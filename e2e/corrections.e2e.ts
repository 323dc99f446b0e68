import { expect, type Page, test } from "@playwright/test";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { barriers } from "./barriers.ts";
import { call, type Installation, openPage, signIn, startInstallation } from "./fixtures.ts";

/** A period is priced again: seen before it is written, named wherever the cost is shown, and taken back. */
test.describe.configure({ mode: "serial" });

let cco: Installation;
let stop: () => Promise<void>;
let page: Page;

test.beforeAll(async ({ browser }) => {
  ({ installation: cco, stop } = await startInstallation({ seeded: true }));
  page = await openPage(browser);
  const email = demoPeople.find(({ role }) => role === "owner")?.email ?? "";
  await signIn(page, cco, { email, password: demoPassword });
  const prices = { toml: '[[multiplier]]\nfrom = "2020-01-01"\nfactor = "0.9"\n', comment: "", basedOn: null };
  expect((await call(page, cco, "/api/prices", prices)).status()).toBe(200);
});
test.afterAll(() => stop?.());

const dialog = (name: string) => page.getByRole("dialog", { name });
const day = (agoDays: number) => new Date(Date.now() - agoDays * 86_400_000).toISOString().slice(0, 10);

test("a period is priced again in a dialog that shows what changes before it is written", async () => {
  await page.goto(`${cco.url}/prices`);
  await page.getByRole("button", { name: "Re-price a period" }).click();
  const form = dialog("Re-price a period");
  await form.getByLabel("First day").fill(day(12));
  await form.getByLabel("Last day").fill(day(6));
  await form.getByRole("button", { name: "Show what it changes" }).click();
  await expect(form.getByText("At the prices in force")).toBeVisible();
  await form.getByLabel("Why").fill("The agreement came late");
  expect(await barriers(page, "the dialog of a correction")).toEqual([]);
  await form.getByRole("button", { name: "Write the correction" }).click();

  const row = page.getByRole("row", { name: /The agreement came late/ });
  await expect(row).toContainText("−$");
  expect(await barriers(page, "/prices")).toEqual([]);
});

test("costs and overview count the correction and name it", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of ["/costs?range=30d", "/?range=30d", "/prices"]) {
      await page.goto(`${cco.url}${path}`);
      const named = page.getByText(/With 1 correction of these days|The agreement came late/);
      await expect(named.filter({ visible: true }).first()).toBeVisible();
      expect(await barriers(page, `${path}, ${colorScheme}`)).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(`${cco.url}/costs?range=${day(3)}`);
  await expect(page.getByRole("row", { name: /Total/ })).toBeVisible();
  await expect(page.getByText(/correction of these days/)).toHaveCount(0);
});

test("the month before is closed, says what came later, and is opened again", async () => {
  await page.goto(`${cco.url}/costs?range=last-month`);
  await page.getByRole("button", { name: "Close month" }).click();
  const close = page.getByRole("dialog", { name: /^Close / });
  await close.getByLabel("Comment").fill("Invoice matched");
  expect(await barriers(page, "the dialog of a close")).toEqual([]);
  await close.getByRole("button", { name: "Close month" }).click();
  await expect(page.getByText(/ closed by Olivia Berg on .*, prices /)).toBeVisible();

  const [from, to] = [new Date(Date.now()), new Date(Date.now())].map((date, at) => {
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() - 1 + at);
    return date.toISOString().slice(0, 10);
  });
  const correction = await call(page, cco, "/api/corrections", { range: `${from}..${to}`, comment: "All of it" });
  expect(correction.status()).toBe(200);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${cco.url}/costs?range=last-month`);
      await expect(page.getByText(/; 1 correction since/)).toBeVisible();
      expect(await barriers(page, `the month at ${width}, ${colorScheme}`)).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${cco.url}/costs?range=last-month`);
  await page.getByRole("button", { name: "Reopen" }).click();
  await page
    .getByRole("dialog", { name: /^Reopen / })
    .getByRole("button", { name: "Reopen" })
    .click();
  await expect(page.getByRole("button", { name: "Close month" })).toBeVisible();
  expect((await call(page, cco, "/api/corrections/undo", { number: 2 })).status()).toBe(200);
});

test("what changed adds up from the range before to this one, and each line leads to its rows", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${cco.url}/costs?range=30d`);
      const changed = page.getByRole("heading", { name: "What changed" });
      await expect(changed).toBeVisible();
      await changed.scrollIntoViewIfNeeded();
      expect(await barriers(page, `what changed at ${width}, ${colorScheme}`)).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${cco.url}/costs?range=30d`);
  await page.getByRole("link", { name: "Mix of models" }).click();
  await expect(page).toHaveURL(/group=requested/);
});

test("a correction is taken back by another one, on a phone too", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${cco.url}/prices#corrections`);
  expect(await barriers(page, "/prices at 390")).toEqual([]);
  await page.getByRole("button", { name: "Take back" }).click();
  await dialog("Take back correction 1?").getByRole("button", { name: "Take back" }).click();
  await expect(page.getByText("taken back by 4").filter({ visible: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Take back" })).toHaveCount(0);
});
