import { readFileSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { becomeOwner, type Installation, openPage, owner, signIn, startInstallation, test } from "./fixtures.ts";

/** Who may do what, tried in the browser and around it. */
test.describe.configure({ mode: "serial" });

let cco: Installation;
let stop: () => Promise<void>;
const viewer = { name: "Vera Viewer", email: "vera@example.com", password: "another-long-secret-7" };
let inviteLink = "";

test.beforeAll(async () => {
  const started = await startInstallation();
  cco = started.installation;
  stop = started.stop;
});
test.afterAll(() => stop?.());

test("the owner invites a viewer by link", async ({ page }) => {
  await becomeOwner(page, cco);
  await page.goto(`${cco.url}/team`);
  await page
    .getByRole("button", { name: /^Invite/ })
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail address").fill(viewer.email);
  await dialog.getByRole("radio", { name: /Viewer/ }).check();
  await dialog.getByRole("button", { name: "Create invitation link" }).click();

  const link = page.getByText(/\/invite\/[\w-]+/).first();
  await expect(link).toBeVisible();
  inviteLink = /http\S+\/invite\/[\w-]+/.exec((await link.textContent()) ?? "")?.[0] ?? "";
  expect(inviteLink).toContain(cco.url);
});

test("the invitation creates the account once", async ({ page }) => {
  await page.goto(inviteLink);
  await page.getByLabel("Your name").fill(viewer.name);
  await page.getByLabel("Choose a password", { exact: true }).fill(viewer.password);
  await page.getByRole("button", { name: /account|join|accept/i }).click();
  await expect(page).not.toHaveURL(/invite/);

  await page.context().clearCookies();
  await page.goto(inviteLink);
  await expect(page.getByLabel("Your name")).toHaveCount(0);
});

test("a viewer cannot publish, in the page or by a direct call", async ({ page }) => {
  await signIn(page, cco, viewer);
  await page.goto(`${cco.url}/rules`);
  await expect(page.getByLabel("Live version").or(page.getByText("Rules").first()).first()).toBeVisible();
  for (const path of ["/rules", "/rules/edit", "/rules/versions/1", "/settings"]) {
    await page.goto(`${cco.url}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("button", { name: /^(Publish|Roll back|Save$)/ }), path).toHaveCount(0);
    await expect(page.getByRole("switch", { name: "Overrides" }), path).toHaveCount(0);
  }

  const answer = await page.request.post(`${cco.url}/api/rules/publish`, {
    headers: { "content-type": "application/json", origin: cco.url, "sec-fetch-site": "same-origin" },
    data: { toml: "[overrides]\nenabled = false\n", comment: "sneaky", basedOn: 1, applies: "now" },
  });

  expect(answer.status()).toBe(403);
  expect((await answer.json()).code).toBe("FORBIDDEN");
});

test("a page of another site cannot use the owner's cookie", async ({ page }) => {
  await signIn(page, cco, owner);

  const answer = await page.request.post(`${cco.url}/api/rules/publish`, {
    headers: { "content-type": "application/json", origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    data: { toml: "[overrides]\n", comment: "csrf", basedOn: 1, applies: "now" },
  });

  expect(answer.status()).toBe(403);
});

test("disabling a person ends their open session at the next click", async ({ browser }) => {
  const theirs = await openPage(browser);
  await signIn(theirs, cco, viewer);
  const ours = await openPage(browser);
  await signIn(ours, cco, owner);
  const people = await (await ours.request.get(`${cco.url}/api/team`)).json();
  const vera = people.people.find((person: { email: string }) => person.email === viewer.email);

  const answer = await ours.request.post(`${cco.url}/api/team/people/${vera.id}/disable`, {
    headers: { "content-type": "application/json", origin: cco.url, "sec-fetch-site": "same-origin" },
    data: {},
  });
  expect(answer.ok()).toBe(true);

  await theirs.goto(`${cco.url}/rules`);
  await expect(theirs).toHaveURL(/sign-in/);
});

test("a text with an error or an unknown model is refused with line and fix, and changes nothing", async ({ page }) => {
  await signIn(page, cco, owner);
  const before = readFileSync(cco.rulesFile, "utf8");
  const pair = (target: string) => `[overrides]\nenabled = true\nrules = [["claude-opus-5-5", "${target}"]]\n`;
  const refused = [
    ["[overrides\n", 1, "write [overrides]"],
    ['[overrides]\nenabled = "yes"\n', 2, "enabled is true or false, not a text"],
    [pair("claude-3-opus-20240229"), 3, 'retired on 2026-01-05. Did you mean "claude-opus-5-5"?'],
    [pair("claude-haiku-4.5"), 3, 'Did you mean "claude-haiku-4-5-20251001"?'],
  ] as const;
  for (const [toml, line, words] of refused) {
    const answer = await publish(page, toml, 1);

    expect(answer.status()).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "INVALID_REQUEST",
      details: { problems: [{ line, message: expect.stringContaining(words) }] },
    });
  }
  expect(readFileSync(cco.rulesFile, "utf8")).toBe(before);
  expect((await live(page)).number).toBe(1);
});

test("publishing over a newer version is a conflict that names the live one", async ({ page }) => {
  await signIn(page, cco, owner);
  const text = "[overrides]\nenabled = true\nrules = []\n";
  expect((await publish(page, text, 1)).status()).toBe(200);

  const late = await publish(page, `${text}# mine\n`, 1);

  expect(late.status()).toBe(409);
  expect(await late.json()).toMatchObject({ code: "CONFLICT", details: { current: 2, basedOn: 1, toml: text } });
  expect((await live(page)).number).toBe(2);
  expect(readFileSync(cco.rulesFile, "utf8")).toBe(text);
});

test("ten wrong passwords lock the account for a stated time", async ({ page }) => {
  await page.goto(`${cco.url}/sign-in`);
  const attempt = async (password: string) => {
    await page.getByLabel("E-mail address").fill(owner.email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    const answered = page.waitForResponse((response) => response.url().includes("/api/auth/callback/password"));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await answered;
  };
  for (let count = 1; count <= 10; count += 1) await attempt(`wrong-password-${count}`);
  await expect(page.getByRole("alert").filter({ hasText: "password is wrong" })).toBeVisible();

  await attempt(owner.password);

  const words = "Too many attempts. Sign-in is locked for 10 minutes; an admin can send you a reset link meanwhile.";
  await expect(page.getByRole("alert").filter({ hasText: words })).toBeVisible();
});

const publish = (page: Page, toml: string, basedOn: number) =>
  page.request.post(`${cco.url}/api/rules/publish`, {
    headers: { origin: cco.url, "sec-fetch-site": "same-origin" },
    data: { toml, comment: "Tried", basedOn, applies: "now" },
  });
const live = async (page: Page): Promise<{ number: number }> =>
  (await (await page.request.get(`${cco.url}/api/rules`)).json()).live;
