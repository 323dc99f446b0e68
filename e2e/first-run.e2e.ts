import { expect, type Page, test } from "@playwright/test";
import { barriers } from "./barriers.ts";
import { call, type Installation, owner, rulesVersion, startAsOwner, startInstallation } from "./fixtures.ts";

/** Everything between the set-up link and the first request. The provider takes the key, refuses it, or is away. */
test.describe.configure({ mode: "default" });

async function makeAccount(page: Page, cco: Installation): Promise<void> {
  await page.goto(cco.setupLink);
  await page.getByLabel("Your name").fill(owner.name);
  await page.getByLabel("E-mail address").fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(owner.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Set up CCO" }).waitFor();
}

async function look(page: Page, name: string): Promise<void> {
  const found = [...(await barriers(page, `${name} wide`))];
  await shoot(page, `${name}-desktop`);
  await page.setViewportSize({ width: 390, height: 844 });
  found.push(...(await barriers(page, `${name} narrow`)));
  await shoot(page, `${name}-mobile`);
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(found).toEqual([]);
}

/** Pictures are taken only where a folder for them is named. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.CCO_SHOTS;
  if (!folder) return;
  for (const theme of ["light", "dark"]) {
    await page.evaluate((wanted) => {
      document.documentElement.dataset.theme = wanted;
    }, theme);
    await page.screenshot({ path: `${folder}/${name}-${theme}.png`, fullPage: true });
  }
  await page.evaluate(() => {
    document.documentElement.dataset.theme = "light";
  });
}

test("the first run covers zone, provider, a rule, a refused request and a connected one", async ({ browser }) => {
  test.setTimeout(300_000); // every state is examined for barriers at two widths
  const env = { ANTHROPIC_API_KEY: "sk-ant-api03-good", CCO_REQUIRE_KEY: "1" };
  const { installation: cco, stop } = await startInstallation({ env });
  const context = await browser.newContext({ timezoneId: "Asia/Kolkata", viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  try {
    await makeAccount(page, cco);
    const zone = page.getByRole("combobox", { name: "Reporting zone" });
    await expect(zone).toHaveValue("Asia/Kolkata");
    await zone.click();
    await expect(page.getByRole("option").first()).toContainText("this browser");
    await zone.fill("berlin");
    await page.keyboard.press("Tab");
    await expect(zone).toHaveValue("Europe/Berlin");
    await zone.fill("nonsense/zone");
    await page.getByRole("button", { name: "Set up CCO" }).click();
    await expect(zone).toHaveAttribute("aria-invalid", "true");
    await zone.fill("new york");
    await expect(page.getByRole("option")).toHaveCount(1);
    await shoot(page, "zone");
    await page.keyboard.press("Enter");
    await expect(zone).toHaveValue("America/New York");
    await zone.fill("no such place");
    await page.keyboard.press("Enter");
    await expect(zone).toHaveValue("no such place");
    await zone.fill("tokyo");
    await page.keyboard.press("Enter");
    // What was chosen outlives the way back to the first step, by hand and by a refused password.
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByLabel("Password", { exact: true }).fill("password1234");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(zone).toHaveValue("Asia/Tokyo");
    await page.getByRole("button", { name: "Set up CCO" }).click();
    await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
    await page.getByLabel("Password", { exact: true }).fill(owner.password);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(zone).toHaveValue("Asia/Tokyo");
    await page.getByRole("button", { name: "Set up CCO" }).click();

    await expect(page.getByRole("heading", { name: "The provider answered" })).toBeVisible();
    await expect(page.locator("body")).not.toContainText("sk-ant-api03-good");
    await look(page, "provider-ok");
    await page.getByRole("link", { name: "Continue" }).click();

    await expect(page.getByRole("heading", { name: "No template is active" })).toBeVisible();
    await look(page, "rule-none");
    await page.getByRole("switch", { name: "Sub-agents of Opus to Sonnet" }).click();
    await look(page, "rule-one");
    const before = await rulesVersion(cco);
    await page.getByRole("button", { name: /^Publish v\d+ with 1 rule$/ }).click();
    await expect(page).toHaveURL(/\/connect/);
    await expect.poll(() => rulesVersion(cco)).toBe((before ?? 0) + 1);
    // The step shows what is live, and publishes nothing that is there already.
    await page.goto(`${cco.url}/first-run?step=rule`);
    await expect(page.getByRole("switch", { name: "Sub-agents of Opus to Sonnet" })).toBeChecked();
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await expect(page).toHaveURL(/\/connect/);
    expect(await rulesVersion(cco)).toBe((before ?? 0) + 1);

    // The page asks once its scripts run: a click before that would be lost.
    await page.waitForResponse((answer) => answer.url().includes("/api/connect/status"));
    const issuing = page.waitForResponse(
      (answer) => answer.url().endsWith("/api/keys") && answer.request().method() === "POST",
    );
    await page.getByRole("button", { name: "Create key" }).click();
    const { secret: key } = (await (await issuing).json()) as { secret: string };
    await look(page, "connect-waiting");
    await ask(cco, { authorization: "Bearer sk-ant-oat01-my-own-login" });
    await expect(
      page.getByText(/^A request of Claude Code 2\.1\.88 arrived \d+ s ago, without your proxy key$/),
    ).toBeVisible();
    await expect(page.getByRole("heading", { name: "Set ANTHROPIC_AUTH_TOKEN" })).toBeVisible();
    await look(page, "connect-no-key");

    expect((await ask(cco, { authorization: `Bearer ${key}` })).status).toBe(200);
    await expect(page.getByText(/^Connected/)).toBeVisible();
    await look(page, "connected");

    await page.goto(`${cco.url}/nothing/here`);
    await expect(page.getByRole("navigation", { name: "Primary" }).first()).toBeVisible();
    await expect(page.getByRole("link", { name: "Terminal" })).toBeVisible();
    await look(page, "not-found");
  } finally {
    // After a timeout the browser is gone, and what was started must still end.
    await context.close().catch(() => {});
    await stop();
  }
});

test("the step of a first rule names the test that fails, and what is off while overrides are paused", async ({
  browser,
}) => {
  const { cco, page, stop } = await startAsOwner(browser);
  try {
    const toml = `[overrides]\nenabled = true\n\n[[test]]\nmodel = "claude-opus-5-5"\nsubagent = true\nexpect = "claude-opus-5-5"\n`;
    const version = { toml, comment: "Sub-agents stay on Opus", basedOn: await rulesVersion(cco) };
    const published = await call(page, cco, "/api/rules/publish", version);
    expect(published.status(), await published.text()).toBe(200);
    await page.goto(`${cco.url}/first-run?step=rule`);
    await page.getByRole("switch", { name: "Sub-agents of Opus to Sonnet" }).click();
    await page.getByRole("button", { name: /^Publish v\d+ with 1 rule$/ }).click();
    await expect(page.getByRole("alert").filter({ hasText: "failed" })).toContainText(
      /line \d+: opus-5-5 should be opus-5-5, but is sonnet-5-5 because of rule 1/,
    );
    await expect(page.getByRole("link", { name: "Open rules" })).toBeVisible();

    expect((await call(page, cco, "/api/rules/pause", { paused: true })).status()).toBe(200);
    await page.goto(`${cco.url}/first-run?step=rule`);
    await expect(page.getByText("Overrides are off: what you turn on here")).toBeVisible();
    await page.getByRole("switch", { name: "Title requests to Haiku" }).click();
    await expect(page.getByText("1 on, 2 as comments · overrides are off, none applies")).toBeVisible();
  } finally {
    await stop();
  }
});

const bad: { name: string; env: Record<string, string>; title: string }[] = [
  { name: "refused", env: { ANTHROPIC_API_KEY: "sk-ant-invalid" }, title: "The provider refused the key" },
  {
    name: "unreachable",
    env: { ANTHROPIC_API_KEY: "sk-ant-api03-good", CCO_UPSTREAM_URL: "http://127.0.0.1:9" },
    title: "The provider is unreachable",
  },
];
for (const { name, env, title } of bad) {
  test(`a provider check that ends as ${name} shows the fix and can be repeated`, async ({ browser }) => {
    const { installation: cco, stop } = await startInstallation({ env });
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    try {
      await makeAccount(page, cco);
      await page.getByRole("button", { name: "Set up CCO" }).click();
      await expect(page.getByRole("heading", { name: title })).toBeVisible();
      await expect(page.getByText("What to do:")).toBeVisible();
      await look(page, `provider-${name}`);
      await page.getByRole("button", { name: "Test again" }).click();
      await expect(page.getByRole("heading", { name: title })).toBeVisible();
    } finally {
      await page.close();
      await stop();
    }
  });
}

const ask = (cco: Installation, headers: Record<string, string>) =>
  fetch(`${cco.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      "user-agent": "claude-cli/2.1.88 (external, cli)",
      ...headers,
    },
    body: JSON.stringify({
      model: "claude-opus-5-5",
      max_tokens: 20,
      messages: [{ role: "user", content: "Say hi." }],
    }),
  });
