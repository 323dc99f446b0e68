import { expect, type Page, test } from "@playwright/test";
import { barriers } from "./barriers.ts";
import { call, type Installation, joinAs, startAsOwner } from "./fixtures.ts";

/** What models cost, and what an organisation pays instead: from an unpriced request to its price, and back. */
test.describe.configure({ mode: "serial" });

const viewer = { name: "Vera Viewer", email: "vera@example.com", password: "another-long-secret-7" };

let cco: Installation;
let stop: () => Promise<void>;
let page: Page;

test.beforeAll(async ({ browser }) => {
  ({ cco, page, stop } = await startAsOwner(browser));
});
test.afterAll(() => stop?.());

const dialog = (name: string) => page.getByRole("dialog", { name });

test("the page lists every model at its list price, and notes where Claude Code's own table differs", async () => {
  await page.goto(`${cco.url}/prices`);

  await expect(page.getByText("This organisation has no own prices.")).toBeVisible();
  await expect(page.getByRole("row", { name: /Opus 5\.5 claude-opus-5-5 \$4\.00 \$20\.00 \$0\.20/ })).toBeVisible();
  await expect(page.getByText(/The provider ignores the switch/).first()).toBeVisible();
  await expect(page.getByText(/The provider refuses the switch/).first()).toBeVisible();
  expect(await barriers(page, "/prices")).toEqual([]);
});

test("an unpriced model gets its price in one click, after a review of what it changes", async () => {
  await page.goto(`${cco.url}/prices?add=house-model-7`);
  const form = dialog("Add a price");
  await expect(form.getByLabel("Model")).toHaveValue("house-model-7");
  await form.getByLabel("Input").fill("-1");
  for (const [label, amount] of [
    ["Output", "5"],
    ["Cache write, 5 min", "1.25"],
    ["Cache write, 1 hour", "2"],
    ["Cache read", "0.1"],
  ] as const) {
    await form.getByLabel(label).fill(amount);
  }
  await form.getByRole("button", { name: "Review" }).click();
  await expect(form.getByText("is negative. Prices are dollars per million tokens, 10,000 at most.")).toBeVisible();
  expect(await barriers(page, "the form of a price")).toEqual([]);

  await form.getByLabel("Input").fill("1");
  await form.getByRole("button", { name: "Review" }).click();
  const review = dialog("Review the change");
  await expect(
    review.getByRole("row", { name: /house-model-7 from .* no price \$1\.00 in, \$5\.00 out/ }),
  ).toBeVisible();
  await expect(review.getByText("As booked")).toBeVisible();
  expect(await barriers(page, "the review of prices")).toEqual([]);
  await review.getByRole("button", { name: "Save prices" }).click();

  await expect(review).toHaveCount(0);
  await expect(page.getByText("own prices v1")).toBeVisible();
  await expect(page.getByRole("row", { name: /house-model-7 .*own price/ })).toBeVisible();
});

test("the file view names a wrong line, and saves a discount that the table shows beside the list price", async () => {
  await page.getByRole("button", { name: "Edit as file" }).click();
  const file = dialog("prices.toml");
  const text = await file.getByLabel("Text").inputValue();
  const discount = (percent: string) =>
    `${text}\n[[discount]]\nmodel = "claude-opus-5-5"\nfrom = "2026-01-01"\npercent = "${percent}"\n`;
  await file.getByLabel("Text").fill(discount("500"));
  await file.getByRole("button", { name: "Review" }).click();
  await expect(file.getByText(/discount\[1\]\.percent is too large/)).toBeVisible();
  expect(await barriers(page, "the file of prices")).toEqual([]);

  await file.getByLabel("Text").fill(discount("12.5"));
  await file.getByRole("button", { name: "Review" }).click();
  await dialog("Review the change").getByRole("button", { name: "Save prices" }).click();

  await expect(page.getByRole("row", { name: /Opus 5\.5 claude-opus-5-5 .*\$4\.00 \$3\.50/ })).toBeVisible();
  await expect(page.getByText("Discount of 12.5 % on claude-opus-5-5").first()).toBeVisible();
});

test("the history shows what a version changed, rolls back to it, and the audit log has every step", async () => {
  await page.getByRole("button", { name: "v1", exact: true }).click();
  const version = dialog("Prices v1");
  await expect(version.getByText("[[price]]")).toBeVisible();
  expect(await barriers(page, "a version of the prices")).toEqual([]);
  await version.getByRole("button", { name: "Roll back to v1" }).click();
  await dialog("Review the change").getByRole("button", { name: "Roll back to v1" }).click();

  await expect(page.getByText("own prices v3")).toBeVisible();
  await page.goto(`${cco.url}/audit?action=prices`);
  await expect(page.getByText("rolled back the prices (v3)")).toBeVisible();
  await expect(page.getByText("changed the prices (v2)")).toBeVisible();
});

test("a viewer sees the prices and cannot change them, by page or by a direct call", async () => {
  const theirs = await joinAs(page, cco, { ...viewer, role: "viewer" });
  await theirs.goto(`${cco.url}/prices?add=house-model-7`);

  await expect(theirs.getByText("own prices v3")).toBeVisible();
  await expect(theirs.getByRole("dialog")).toHaveCount(0);
  await expect(theirs.getByRole("button", { name: "Add price" })).toHaveAttribute("aria-disabled", "true");
  const answer = await call(theirs, cco, "/api/prices", { toml: "# none", comment: "", basedOn: 3 });
  expect(answer.status()).toBe(403);
});
