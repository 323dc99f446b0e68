import { expect, type Page, test } from "@playwright/test";
import { barriers } from "./barriers.ts";
import { call, type Installation, joinAs, startAsOwner } from "./fixtures.ts";
import { expectFocusInContent } from "./focus-in-content.ts";

/** Limits of people, teams and projects, and who may issue keys, as an owner and a developer meet them. */
test.describe.configure({ mode: "serial" });

let cco: Installation;
let owner: Page;
let dora: Page;
let stop: () => Promise<void>;

test.beforeAll(async ({ browser }) => {
  const started = await startAsOwner(browser);
  cco = started.cco;
  owner = started.page;
  stop = started.stop;
  const person = { name: "Dora Developer", email: "dora@example.com", password: "another-long-secret-8" };
  dora = await joinAs(owner, cco, { ...person, role: "developer" });
});
test.afterAll(() => stop?.());

const findRow = (name: string) => owner.getByRole("row").filter({ hasText: name });

/** A request by a proxy key, for the one model family that the person is held to. */
const ask = (key: string) =>
  fetch(`${cco.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "sk-ant-test",
      "anthropic-version": "2023-06-01",
      "x-cco-key": key,
    },
    body: JSON.stringify({
      model: "claude-haiku-5-5",
      max_tokens: 50,
      messages: [{ role: "user", content: "Say hello." }],
    }),
  });

test("an owner sets the default limits and those of one person", async () => {
  await owner.goto(`${cco.url}/team`);
  await owner.getByRole("button", { name: "Limits of everybody" }).click();
  await owner.getByLabel("Dollars per month").fill("50");
  await owner.getByRole("button", { name: "Save limits" }).click();
  await expect(findRow("dora@example.com")).toContainText("$0.00 of $50.00");
  await expect(findRow("dora@example.com")).toContainText("by default");

  await owner.getByRole("button", { name: "Actions for Dora Developer" }).filter({ visible: true }).click();
  await owner.getByRole("menuitem", { name: /Limits and team/ }).click();
  await owner.getByLabel("Team (optional)").fill("payments");
  await owner.getByLabel("Limits", { exact: true }).selectOption({ label: "Limits for this person" });
  await owner.getByLabel("Models (optional)").fill("haiku");
  await owner.getByLabel("Dollars per month").fill("20");
  await owner.getByLabel("Requests per minute").fill("0");
  await owner.getByRole("button", { name: "Save", exact: true }).click();
  await expect(owner.getByRole("alert").filter({ hasText: "Use at least 1" })).toBeVisible();
  await owner.getByLabel("Requests per minute").fill("1");
  await owner.getByRole("button", { name: "Save", exact: true }).click();

  await expect(findRow("dora@example.com")).toContainText("$0.00 of $20.00");
  await expect(findRow("dora@example.com")).toContainText("haiku · 1 per minute");
  await expect(findRow("dora@example.com")).toContainText("payments");
});

test("a team is given limits by name, and they are removed again", async () => {
  await owner.getByRole("button", { name: "Add limits" }).click();
  await owner.getByLabel("Name", { exact: true }).fill("payments");
  await owner.getByRole("button", { name: "Save limits" }).click();
  await expect(owner.getByRole("alert").filter({ hasText: "Set at least one limit" })).toBeVisible();
  await owner.getByLabel("Plan value per month").fill("12.50");
  await owner.getByRole("button", { name: "Save limits" }).click();
  const teams = owner.getByRole("region", { name: "Limits: Teams" });
  await expect(teams).toContainText("$0.00 of $12.50 plan value");
  expect(await barriers(owner, "/team")).toEqual([]);

  await dora.goto(`${cco.url}/connect`);
  await expect(dora.getByText("The team payments, together")).toBeVisible();

  await owner.getByRole("button", { name: "Limits of the team payments" }).click();
  await owner.getByRole("button", { name: "Remove limits" }).click();
  await expect(teams).toContainText("No team has limits.");
  await expectFocusInContent(owner);
});

test("revoking one of two keys by keyboard puts the focus on the other key, and revoking that one keeps it in the content", async () => {
  for (const name of ["First laptop", "Second laptop"])
    expect((await call(owner, cco, "/api/keys", { name })).status()).toBe(200);
  await owner.goto(`${cco.url}/team`);
  const revoke = async (name: string) => {
    await owner
      .locator("main")
      .getByRole("button", { name: `Revoke ${name}` })
      .focus();
    await owner.keyboard.press("Enter");
    await owner
      .getByRole("dialog")
      .getByRole("button", { name: /^Revoke/ })
      .focus();
    await owner.keyboard.press("Enter");
    await expect(owner.getByRole("dialog")).toHaveCount(0);
    await expect(owner.locator("main").getByRole("button", { name: `Revoke ${name}` })).toHaveCount(0);
  };
  await revoke("First laptop");
  await expect(findRow("Second laptop").locator(":focus")).toHaveCount(1);
  await revoke("Second laptop");
  await expectFocusInContent(owner);
});

test("a form undoes nothing that another admin saved meanwhile, and says who changed the same", async () => {
  const dialog = owner.getByRole("dialog");
  const open = async () => {
    await owner.getByRole("button", { name: "Actions for Dora Developer" }).filter({ visible: true }).click();
    await owner.getByRole("menuitem", { name: /Limits and team/ }).click();
  };
  const { people } = await (await owner.request.get(`${cco.url}/api/limits`)).json();
  const { id } = people.find(({ email }: { email: string }) => email === "dora@example.com");
  /** What another admin saves: without `was`, all of it. */
  const replace = async (limits: object) => {
    const answer = await owner.request.put(`${cco.url}/api/limits`, {
      headers: { origin: cco.url },
      data: { kind: "person", holder: id, models: ["haiku"], requestsPerMinute: 1, ...limits },
    });
    expect(answer.status()).toBe(200);
  };
  await open();
  await replace({ monthlyBudgetNanoUsd: 5_000_000_000 });
  await dialog.getByLabel("Concurrent requests").fill("3");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(findRow("dora@example.com")).toContainText("$0.00 of $5.00");
  await expect(findRow("dora@example.com")).toContainText("3 concurrent");

  await open();
  await replace({ monthlyBudgetNanoUsd: 20_000_000_000 });
  await dialog.getByLabel("Dollars per month").fill("9");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog.getByRole("alert")).toHaveText(
    "Olga Owner changed the limits of dora@example.com meanwhile, so nothing was saved. Load what is saved now first.",
  );
  await expect(dialog.getByLabel("Dollars per month")).toHaveValue("9");
  await dialog.getByRole("button", { name: "Load what is saved now" }).click();
  await expect(dialog.locator("input, select, textarea").first()).toBeFocused();
  await expect(dialog.getByLabel("Dollars per month")).toHaveValue("20");
  await expect(dialog.getByRole("alert")).toHaveCount(0);
  await dialog.getByRole("button", { name: "Cancel" }).click();
});

test("a policy form undoes nothing that another admin saved meanwhile", async () => {
  const saved = async () => (await (await owner.request.get(`${cco.url}/api/settings/issuing`)).json()).policy;
  const began = await saved();
  await owner.goto(`${cco.url}/settings`);
  await owner.getByLabel("Longest life of the keys they issue").selectOption("365");
  const fewer = { ...began, ownRoles: began.ownRoles.filter((role: string) => role !== "viewer") };
  const put = { headers: { origin: cco.url }, data: fewer };
  expect((await owner.request.put(`${cco.url}/api/settings/issuing`, put)).status()).toBe(200);
  await owner.getByRole("button", { name: "Save policy" }).click();
  await expect(owner.getByText("The policy is saved")).toBeVisible();

  expect(await saved()).toEqual({ ...fewer, issuedLifeMax: 365 });
  await owner.request.put(`${cco.url}/api/settings/issuing`, { ...put, data: began });
  await owner.goto(`${cco.url}/team`);
});

test("a developer sees the remaining budget, and a second key does not change it", async () => {
  await dora.goto(`${cco.url}/connect`);
  const applies = dora.locator("section").filter({ hasText: "What applies to you" });
  await expect(applies).toContainText("$20.00 left");
  await expect(applies).toContainText("haiku · 1 per minute");
  await dora.getByRole("radio", { name: "My own key, with a CCO key" }).click();
  await dora.getByRole("button", { name: "Create key" }).click();
  await expect(dora.getByText("Your new key, filled in below")).toBeVisible();

  const second = await call(dora, cco, "/api/keys", { name: "Second", monthlyBudgetNanoUsd: 900_000_000_000 });
  expect(second.status()).toBe(200);
  const own = await (await dora.request.get(`${cco.url}/api/limits/own`)).json();

  expect(own.applies[0]).toMatchObject({
    kind: "person",
    limits: { models: ["haiku"], requestsPerMinute: 1, monthlyBudgetNanoUsd: 20_000_000_000 },
  });
  await expect(applies).toContainText("$20.00 left");
  expect(await barriers(dora, "/connect")).toEqual([]);

  const third = await call(dora, cco, "/api/keys", { name: "Third" });
  expect((await ask((await second.json()).secret)).status).toBe(200);
  const refused = await ask((await third.json()).secret);
  expect(refused.status).toBe(429);
  expect(await refused.text()).toContain("The owner of this proxy key has used up its requests of this minute.");
});

test("a key for another project is refused with the way to get it, and an admin issues it", async () => {
  const refused = await call(dora, cco, "/api/keys", { name: "CI", project: "checkout" });
  expect(refused.status()).toBe(403);
  expect((await refused.json()).error).toBe(
    "Only admins issue keys for the project “checkout”. Leave the project empty or ask an admin.",
  );
  expect((await call(dora, cco, "/api/keys", { name: "CI", attribution: "free" })).status()).toBe(403);

  await owner.goto(`${cco.url}/team`);
  await owner.getByRole("button", { name: "Issue key" }).click();
  await owner.getByLabel("Name", { exact: true }).fill("Checkout CI");
  await owner.getByLabel("Owner", { exact: true }).selectOption({ label: "Dora Developer" });
  await owner.getByLabel("Project (optional)").fill("checkout");
  await owner.getByRole("dialog").getByRole("button", { name: "Issue key" }).click();
  await owner.getByRole("button", { name: "Done" }).click();

  await expect(findRow("Checkout CI")).toContainText("checkout");
});

test("a policy bounds the life of new keys and keeps live keys as they are", async () => {
  await owner.goto(`${cco.url}/settings`);
  await owner.getByLabel("Longest life of these keys").selectOption("30");
  await owner.getByRole("button", { name: "Save policy" }).click();
  await expect(owner.getByText("3 of 4 live keys could not be issued like this today")).toBeVisible();
  expect(await barriers(owner, "/settings")).toEqual([]);

  await dora.goto(`${cco.url}/connect`);
  await dora.getByRole("radio", { name: "My own key, with a CCO key" }).click();
  await dora.getByRole("button", { name: "Create another key" }).click();
  await expect(dora.getByLabel("Expires")).toHaveValue("30");
  await expect(dora.getByLabel("Expires").locator("option")).toHaveText(["In a day", "In 7 days", "In 30 days"]);
  await dora.getByLabel("Name", { exact: true }).fill("Fourth");
  await dora.getByRole("button", { name: "Create key" }).click();
  await expect(dora.getByText("Your new key, filled in below")).toBeVisible();
  const { keys } = await (await dora.request.get(`${cco.url}/api/keys`)).json();
  expect(keys.filter((key: { expiresAt: string | null }) => key.expiresAt !== null)).toHaveLength(1);
  expect(keys).toHaveLength(5);
});
