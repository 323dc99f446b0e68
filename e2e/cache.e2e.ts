import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { openSqlConnection } from "#store/sql-connection.ts";
import { barriers } from "./barriers.ts";
import { call, type Installation, joinAs, startAsOwner } from "./fixtures.ts";

/** The response cache as an admin sees and empties it, and what the console says while the database is away. */
test.describe.configure({ mode: "serial" });

const model = "claude-haiku-4-5-20251001";
const viewer = { name: "Vera Viewer", email: "vera@example.com", password: "another-long-secret-7" };

let cco: Installation;
let stop: () => Promise<void>;
let page: Page;

test.beforeAll(async ({ browser }) => {
  ({ cco, page, stop } = await startAsOwner(browser));
});
test.afterAll(() => stop?.());

test("an unused cache page explains its purpose and links to its setting", async () => {
  await page.goto(`${cco.url}/cache`);

  await expect(page.getByText("Nothing was looked up in these days.")).toBeVisible();
  await expect(page.getByText("5 min (300 s)")).toBeVisible();
  await page
    .getByRole("link", { name: /^line \d+$/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/rules\/edit\?line=\d+/);
});

test("a repeated request is a hit with its stored response, and bypasses are shown by reason", async () => {
  expect([await ask(), await ask(), await ask({ temperature: 1 })]).toEqual(["miss", "hit", "bypass"]);

  await page.goto(`${cco.url}/cache?range=today`);

  await expect(page.getByText("50.0%", { exact: true })).toBeVisible();
  await expect(page.getByText("1 of 2 look-ups")).toBeVisible();
  await expect(page.getByText("of 256 MB, 1 answer")).toBeVisible();
  await expect(page.getByRole("row", { name: /haiku-4-5 Response .* 1×/ })).toBeVisible();
  await expect(page.getByText(/Responses vary between calls/)).toBeVisible();
  expect(await barriers(page, "/cache")).toEqual([]);
});

test("purging asks first, empties the cache of the instance, and is audited", async () => {
  await page.getByRole("button", { name: "Purge" }).click();
  const dialog = page.getByRole("dialog", { name: "Purge the response cache?" });
  await dialog.getByRole("radio", { name: "Everything" }).check();
  expect(await barriers(page, "the purge dialog")).toEqual([]);
  expect(await ask()).toBe("hit"); // nothing happens before it is confirmed

  await dialog.getByRole("button", { name: "Purge everything" }).click();

  await expect(dialog).toHaveCount(0);
  await expect(page.getByText("of 256 MB, 0 answers")).toBeVisible();
  await expect(page.getByText("Nothing is stored at the moment.")).toBeVisible();
  expect(await ask()).toBe("miss");
  await page.goto(`${cco.url}/audit?action=cache`);
  await expect(page.getByText("purged the response cache: everything")).toBeVisible();
});

test("purging one model keeps the responses of the others", async () => {
  const other = "claude-haiku-4-5";
  expect([await ask(), await ask({ model: other }), await ask({ model: other })]).toEqual(["hit", "miss", "hit"]);
  await page.goto(`${cco.url}/cache?range=today`);
  await page.getByRole("button", { name: "Purge" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Model", { exact: true }).selectOption(model);
  await dialog.getByRole("button", { name: "Purge these responses" }).click();
  await expect(dialog).toHaveCount(0);

  await expect.poll(() => ask()).toBe("miss");
  expect(await ask({ model: other })).toBe("hit");
});

test("a viewer can neither see nor purge the cache, by page or by a direct call", async () => {
  const theirs = await joinAs(page, cco, { ...viewer, role: "viewer" });

  await theirs.goto(`${cco.url}/cache`);
  await expect(theirs.getByText("This page is not open to your role")).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Purge" })).toHaveCount(0);
  await expect(theirs.getByRole("link", { name: "Cache", exact: true })).toHaveCount(0);
  await ask();
  const statuses = [
    (await call(theirs, cco, "/api/cache/purge", { kind: "all" })).status(),
    (await theirs.request.get(`${cco.url}/api/cache`)).status(),
  ];

  expect(statuses).toEqual([403, 403]);
  expect(await ask()).toBe("hit");
  await theirs.close();
});

test("the console shows how far its figures are behind while the database is unavailable", async () => {
  test.slow();
  const database = await openSqlConnection(`file:${join(cco.dataDir, "cco.db")}`);
  try {
    // Holding the write lock is what a stuck backup or a full network disk looks like.
    await database.transaction(async () => {
      await ask({ temperature: 1 });
      await page.goto(`${cco.url}/`);
      await expect(page.getByText("The figures are behind").first()).toBeVisible({ timeout: 90_000 });
      await expect(page.getByText(/wait on disk for the database/)).toBeVisible();
      expect(await ask()).toBe("hit");
    });
  } finally {
    await database.close();
  }

  await expect(page.getByText("The figures are behind")).toHaveCount(0, { timeout: 60_000 });
  await expect(page.getByText("up to date")).toBeVisible();
});

/** What the response cache said of a question that is the same every time, unless something is said otherwise. */
async function ask(more: { temperature?: number; model?: string } = {}): Promise<string | null> {
  const answer = await fetch(`${cco.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "sk-ant-test", "anthropic-version": "2023-06-01" },
    body: JSON.stringify({
      model,
      max_tokens: 64,
      temperature: 0,
      messages: [{ role: "user", content: "Why?" }],
      ...more,
    }),
  });
  await answer.arrayBuffer();
  return answer.headers.get("x-cco-cache");
}
