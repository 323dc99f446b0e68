import { expect, type Page, test } from "@playwright/test";
import { barriers } from "./barriers.ts";
import { call, type Installation, joinAs, openPage, owner, requireBrowser, signIn, startAsOwner } from "./fixtures.ts";

test.describe.configure({ mode: "default" });

let cco: Installation;
let page: Page;
let stop: () => Promise<void>;

test.beforeAll(async ({ browser }) => {
  ({ cco, page, stop } = await startAsOwner(browser));
});
test.afterAll(() => stop?.());

/** Another browser of the same person, signed in. */
async function otherBrowser(): Promise<Page> {
  const other = await openPage(requireBrowser(page));
  await signIn(other, cco, owner);
  return other;
}

const isSignedIn = async (on: Page) => (await on.request.get(`${cco.url}/api/session`)).status() === 200;

test("T34: a person ends one session, an admin ends those of others, and a token is bound to its scopes", async () => {
  const laptop = await otherBrowser();
  const phone = await otherBrowser();
  await laptop.goto(cco.url);
  await laptop
    .getByRole("button", { name: /Olga Owner/ })
    .first()
    .click();
  await laptop.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(laptop).toHaveURL(/sign-in/);
  expect([await isSignedIn(laptop), await isSignedIn(phone), await isSignedIn(page)]).toEqual([false, true, true]);

  await page.goto(`${cco.url}/settings`);
  await expect(page.getByText("This browser", { exact: true })).toBeVisible();
  await page
    .getByRole("button", { name: /^Sign out Chrome on Linux/ })
    .nth(1)
    .click();
  await expect(page.getByText(/is signed out/)).toBeVisible();
  expect([await isSignedIn(phone), await isSignedIn(page)]).toEqual([false, true]);

  await page.getByPlaceholder("Month-end script").fill("Rules of payments");
  await page.getByRole("checkbox", { name: /^Rules/ }).check();
  await page.getByRole("checkbox", { name: /^Read/ }).uncheck();
  await page.getByRole("button", { name: "Create token" }).click();
  const secret = (await page.getByText(/^ccoat_[\w-]{43}$/).textContent()) ?? "";
  const by = { authorization: `Bearer ${secret}` };
  const paused = await page.request.post(`${cco.url}/api/rules/pause`, {
    headers: { ...by, "content-type": "application/json" },
    data: { paused: true },
  });
  expect(await paused.json()).toMatchObject({ version: { source: "api", tokenName: "Rules of payments" } });
  expect((await page.request.get(`${cco.url}/api/team`, { headers: by })).status()).toBe(403);
  await page.goto(`${cco.url}/rules`);
  await expect(page.getByText("by token “Rules of payments”").first()).toBeVisible();
  await page.goto(`${cco.url}/audit`);
  await expect(page.getByText("token “Rules of payments”").first()).toBeVisible();

  const ada = { name: "Ada", email: "ada@example.com", password: "seven lanterns over the sea", role: "editor" };
  const adasPage = await joinAs(page, cco, ada);
  await call(adasPage, cco, "/api/tokens", { name: "Night job", scopes: ["read", "rules"] });
  await page.goto(`${cco.url}/team`);
  await expect(page.getByRole("cell", { name: /^Night job/ })).toBeVisible();
  await page.getByRole("button", { name: "Actions for Ada" }).click();
  await page.getByRole("menuitem", { name: "Sessions …" }).click();
  await expect(page.getByRole("dialog").getByText("Chrome on Linux")).toBeVisible();
  expect(await barriers(page, "/team, sessions")).toEqual([]);
  await page.getByRole("button", { name: "Sign out everywhere …" }).click();
  expect(await barriers(page, "/team, sign out everywhere")).toEqual([]);
  await page.getByRole("button", { name: "Sign out everywhere", exact: true }).click();
  await expect(page.getByText("Ada is signed out everywhere")).toBeVisible();
  expect(await isSignedIn(adasPage)).toBe(false);
  await expect(page.getByRole("cell", { name: /^Night job/ })).toBeHidden();
});

test("T36: malformed cookies cause no server error, and the return address after sign-in stays local", async () => {
  for (const path of ["/", "/sign-in", "/api/session", "/api/auth/session", "/api/auth/csrf", "/api/rules"])
    for (const value of ["%", "%E0%A4%A", '"', "=;=", "%00"]) {
      const cookie = ["session", "csrf", "callback", "state"].map((name) => `cco.${name}=${value}`).join("; ");
      const { status } = await fetch(cco.url + path, { headers: { cookie }, redirect: "manual" });
      expect([path, value, status < 500]).toEqual([path, value, true]);
    }

  for (const path of [
    "/invite/%E0%A4%A",
    "/reset/%ff",
    "/api/rules/versions/%ff",
    "/sign-in?next=%ff",
    "/rules/versions/%",
  ])
    expect([path, (await fetch(cco.url + path, { redirect: "manual" })).status < 500]).toEqual([path, true]);
  const bad = await fetch(`${cco.url}/api/auth/csrf?callbackUrl=none`, { redirect: "manual" });
  expect(bad.status).toBe(400);

  for (const next of ["/..//evil.example/", "/.//evil.example", "//evil.example", "/\\evil.example"]) {
    // New browser for each address. A page that still loads what it was led to would break the next one's address off.
    const stranger = await openPage(requireBrowser(page));
    await stranger.goto(`${cco.url}/sign-in?${new URLSearchParams({ next })}`);
    await stranger.getByLabel("E-mail address").fill(owner.email);
    await stranger.getByLabel("Password", { exact: true }).fill(owner.password);
    await stranger.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(stranger).toHaveURL(`${cco.url}/`);
    await stranger.context().close();
  }
});
