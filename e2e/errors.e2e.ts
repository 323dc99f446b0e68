import { expect } from "@playwright/test";
import { ERROR_CODES, errorEntry } from "#core/errors.ts";
import { barriers } from "./barriers.ts";
import { test } from "./fixtures.ts";

/** The way from a refusal to its page, for a developer who has no account. */
test("the link of a refusal leads to its page without a sign-in", async ({ page, demo: cco }) => {
  const refused = await fetch(`${cco.url}/v1/complete`, { method: "POST", body: "{}" });
  const path = /<([^>]+)>; rel="help"/.exec(refused.headers.get("link") ?? "")?.[1] ?? "no link";

  await page.goto(`${cco.url}${path}`);

  await expect(page.getByRole("heading", { level: 1 })).toHaveText(errorEntry("not-found").text);
  await expect(page.getByRole("heading", { name: "What to do" })).toBeVisible();
});

test("the list leads to every page, and none has a barrier on a narrow screen", async ({
  page,
  browser,
  demo: cco,
}) => {
  await page.setViewportSize({ width: 390, height: 900 });
  await page.goto(`${cco.url}/errors`);
  const found = await barriers(page, "/errors");
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(ERROR_CODES.length);
  // Without scripts a load takes a quarter of the time, and these pages need none.
  const plain = await browser.newPage({ javaScriptEnabled: false });
  for (const code of ERROR_CODES) {
    await plain.goto(`${cco.url}/errors/${code}`);
    await expect(plain.getByRole("heading", { name: "Example" })).toBeVisible();
  }
  await plain.close();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // The longest code, the longest sentence, both kinds of callers: all pages are of one form.
    for (const code of ["request.unsupported-encoding", "auth.bad-key", "auth.forbidden"]) {
      await page.goto(`${cco.url}/errors/${code}`);
      found.push(...(await barriers(page, code)));
    }
  }

  expect(found).toEqual([]);
});

test("a code that does not exist has no page", async ({ demo: cco }) => {
  const answer = await fetch(`${cco.url}/errors/no-such-code`, { headers: { accept: "text/html" } });

  expect(answer.status).toBe(404);
});
