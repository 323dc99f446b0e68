import { expect, type Page } from "@playwright/test";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { type Installation, openPage, signIn, test } from "./fixtures.ts";

let cco: Installation;
let page: Page;

test.beforeAll(async ({ browser, demo }) => {
  cco = demo;
  page = await openPage(browser);
  const email = demoPeople.find(({ role }) => role === "editor")?.email ?? "";
  await signIn(page, cco, { email, password: demoPassword });
});
test.afterAll(() => page?.context().close());

test("an editor is offered every project with traffic as soon as its list begins, and Enter still breaks a line", async () => {
  await page.goto(`${cco.url}/rules/edit`);
  const text = page.getByRole("textbox", { name: "Rules as TOML" });
  await text.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type('\n[[rule]]\nfrom = "opus"\nto = "claude-sonnet-5-5"\nwhen = { project = ["');
  const offered = page.locator(".cm-tooltip-autocomplete").getByRole("option");

  await expect(offered.filter({ hasText: "checkout" })).toBeVisible();
  expect((await offered.allTextContents()).sort()).toEqual(
    ["checkout", "ci-review", "default", "design-system", "docs", "infra", "ledger", "pipelines", "web-app"].sort(),
  );
  await offered.filter({ hasText: "checkout" }).click();
  await page.keyboard.type(",");
  await expect(offered.filter({ hasText: "docs" })).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.type('"docs"] }');

  await expect(text).toContainText('"checkout",');
  await expect(text.locator(".cm-line").last()).toHaveText(/^\s*"docs"\] \}$/);
});

test("Enter takes the first completion in an inline table below a list of several lines, and in a list that was asked for", async () => {
  await page.goto(`${cco.url}/rules/edit`);
  const text = page.getByRole("textbox", { name: "Rules as TOML" });
  const offered = page.locator(".cm-tooltip-autocomplete").getByRole("option");
  // A list takes no key in the moment in which it opens.
  const pressEnter = async () => {
    await page.waitForTimeout(200);
    await page.keyboard.press("Enter");
  };
  await text.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText('\n[per_model_rules."claude-opus-5-5"]\nwhen = { project = [\n"docs",\n"checkout"]');

  await page.keyboard.type(", ");
  await expect(offered.filter({ hasText: "person" })).toBeVisible();
  const [key] = await offered.allTextContents();
  await pressEnter();
  await expect(text.locator(".cm-line").last()).toHaveText(`"checkout"], ${key}`);

  await page.keyboard.type("true, project = [");
  await expect(offered.first()).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Space");
  await expect(offered.first()).toBeVisible();
  const [first] = await offered.allTextContents();
  await pressEnter();
  await expect(text.locator(".cm-line").last()).toHaveText(`"checkout"], ${key}true, project = ["${first}"`);
});

test("Enter breaks the line after a value typed in full, and a completion inside a value replaces all of it", async () => {
  await page.goto(`${cco.url}/rules/edit`);
  const text = page.getByRole("textbox", { name: "Rules as TOML" });
  const offered = page.locator(".cm-tooltip-autocomplete").getByRole("option");
  await text.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText('\n[[rule]]\nto = "claude-sonnet-5-5"\nenabled = ');
  await page.keyboard.type("true");
  await expect(offered.filter({ hasText: "true" })).toBeVisible();
  // A list takes no key in the moment in which it opens.
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await page.keyboard.type("# end");
  await expect(text.locator(".cm-line").nth(-2)).toHaveText("enabled = true");

  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Home");
  for (const _letter of 'to = "claude-') await page.keyboard.press("ArrowRight");
  await page.keyboard.type("op");
  await expect(offered.first()).toBeVisible();
  const [model] = await offered.allTextContents();
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await expect(text.locator(".cm-line").nth(-3)).toHaveText(`to = "${model}"`);
});
