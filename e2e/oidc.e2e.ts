import { expect, type Page, type Route } from "@playwright/test";
import { becomeOwner, type Installation, openPage, owner, startInstallation, test } from "./fixtures.ts";
import { type Account, type IdentityProvider, startIdentityProvider } from "./identity-provider.ts";

/** Coming in by the organisation's identity provider: who may, as what, and what is said to those who may not. */
test.describe.configure({ mode: "serial" });

const account = (sub: string, name: string, more: Partial<Account> = {}): Account => ({
  sub,
  name,
  email: `${sub}@example.com`,
  email_verified: true,
  ...more,
});
const grace = account("grace", "Grace Guest");
const stranger = account("stan", "Stan Stranger");

interface Team {
  people: { id: string; email: string }[];
  invites: { email: string }[];
}

const notValid = "The identity provider’s answer was not valid or came too late. Try again.";

let provider: IdentityProvider;
let cco: Installation;
let stop: () => Promise<void>;
let ownerPage: Page;

/** A provider, and an installation that uses it, with an owner who stays signed in. */
function useInstallation(env: Record<string, string> = {}) {
  test.beforeAll(async ({ browser }) => {
    provider = await startIdentityProvider();
    const started = await startInstallation({ env: { ...provider.env, ...env } });
    cco = started.installation;
    stop = started.stop;
    provider.register(cco.url);
    ownerPage = await openPage(browser);
    await becomeOwner(ownerPage, cco);
  });
  test.afterAll(async () => {
    await ownerPage?.close();
    await stop?.();
    await provider?.stop();
  });
}

test.describe("sign-in by invitation only", () => {
  useInstallation();

  test("signs a known person in with their role", async ({ page }) => {
    await comeIn(page, account("olga", "Olga at Acme", { email: owner.email.toUpperCase() }));

    await expect(page).toHaveURL(`${cco.url}/`);
    await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
    expect(await whoIs(page)).toMatchObject({ role: "owner", person: { name: owner.name, email: owner.email } });
    expect(await people()).toHaveLength(1);
  });

  test("opens the page that was requested before sign-in", async ({ page }) => {
    provider.visitor = account("olga", "Olga at Acme");
    await page.goto(`${cco.url}/audit`);
    await page.getByRole("button", { name: "Continue with Acme ID" }).click();

    await expect(page).toHaveURL(`${cco.url}/audit`);
  });

  test("gives an invited person the invited role and uses up the invitation", async ({ page }) => {
    await invite(grace.email, "finance");

    await comeIn(page, grace);

    await expect(page).toHaveURL(`${cco.url}/`);
    expect(await whoIs(page)).toMatchObject({ role: "finance", person: { email: grace.email } });
    expect((await team()).invites).toEqual([]);
  });

  test("refuses a person without an invitation and leaves no account", async ({ page }) => {
    await comeIn(page, stranger);

    await expectRefused(page, "You have not been invited to this installation. Ask an admin for an invitation.");
    expect((await people()).map(({ email }) => email)).not.toContain(stranger.email);
  });

  test("ignores an address the provider has not verified, even the owner's", async ({ page }) => {
    await comeIn(page, account("mallory", "Mallory", { email: owner.email, email_verified: false }));

    await expectRefused(page, /^Your identity provider has not verified your e-mail address/);
  });

  test("refuses a forged state and a valid callback in another browser", async ({ page, browser }) => {
    const forged = new URL(await wayBack(page, grace));
    forged.searchParams.set("state", "forged");
    await page.goto(forged.href);
    await expectRefused(page, notValid);

    const good = await wayBack(page, grace);
    const victim = await openPage(browser);
    await victim.goto(good);
    await expectRefused(victim, notValid);
    await victim.close();

    await page.goto(good);
    await expect(page).toHaveURL(`${cco.url}/`);
  });

  test("refuses a disabled person", async ({ page }) => {
    const id = (await team()).people.find(({ email }) => email === grace.email)?.id;
    expect((await asOwner(`/api/team/people/${id}/disable`, {})).status()).toBe(200);

    await comeIn(page, grace);

    await expectRefused(page, "Your account is disabled. Ask an admin.");
  });

  test("reports a provider that is down", async ({ page }) => {
    await page.goto(`${cco.url}/sign-in`);
    await provider.stop();
    await page.getByRole("button", { name: "Continue with Acme ID" }).click();

    await expectRefused(page, /^The identity provider cannot be reached from this server/);
  });
});

test.describe("sign-in where newcomers become viewers", () => {
  useInstallation({ CCO_OIDC_DEFAULT_ROLE: "viewer" });

  test("makes a newcomer a viewer", async ({ page }) => {
    await comeIn(page, stranger);

    await expect(page).toHaveURL(`${cco.url}/`);
    expect(await whoIs(page)).toMatchObject({ role: "viewer", person: { name: stranger.name } });
    expect((await page.request.get(`${cco.url}/api/audit`)).status()).toBe(403);
  });

  test("prefers an invitation's role to the default", async ({ page }) => {
    await invite(grace.email, "editor");

    await comeIn(page, grace);

    await expect(page).toHaveURL(`${cco.url}/`);
    expect(await whoIs(page)).toMatchObject({ role: "editor" });
  });

  test("refuses an unverified newcomer", async ({ page }) => {
    await comeIn(page, account("uma", "Uma Unverified", { email_verified: false }));

    await expectRefused(page, /^Your identity provider has not verified your e-mail address/);
    expect((await people()).map(({ email }) => email)).not.toContain("uma@example.com");
  });
});

async function comeIn(page: Page, visitor: Account): Promise<void> {
  provider.visitor = visitor;
  await page.goto(`${cco.url}/sign-in`);
  await page.getByRole("button", { name: "Continue with Acme ID" }).click();
}

/** Address by which the provider would send this browser back. It has a code and a state that are good once. */
async function wayBack(page: Page, visitor: Account): Promise<string> {
  const leaving = new Promise<string>((resolve) => {
    // An empty page in the provider's place: a navigation that ended, so that the next one races with nothing.
    const stay = (route: Route) =>
      route.fulfill({ contentType: "text/html", body: "" }).then(() => resolve(route.request().url()));
    void page.route(`${provider.issuer}/**`, stay, { times: 1 });
  });
  await comeIn(page, visitor);
  let at = await leaving;
  await page.waitForURL(at);
  while (!at.startsWith(cco.url)) {
    const answer = await page.request.get(at, { maxRedirects: 0 });
    at = new URL(answer.headers().location ?? "", at).href;
  }
  return at;
}

/** Expects the message on the sign-in page, and no sign-in. */
async function expectRefused(page: Page, words: string | RegExp): Promise<void> {
  await expect(page.getByRole("alert").filter({ hasText: words })).toBeVisible();
  await expect(page).toHaveURL(/\/sign-in/);
  expect((await page.request.get(`${cco.url}/api/session`)).status()).toBe(401);
}

const whoIs = async (page: Page) => (await page.request.get(`${cco.url}/api/session`)).json();
const team = async (): Promise<Team> => (await ownerPage.request.get(`${cco.url}/api/team`)).json();
const people = async () => (await team()).people;
const asOwner = (path: string, data: object) =>
  ownerPage.request.post(cco.url + path, { data, headers: { origin: cco.url, "sec-fetch-site": "same-origin" } });

async function invite(email: string, role: string): Promise<void> {
  expect((await asOwner("/api/team/invites", { email, role })).status()).toBe(200);
}
