import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { barriers } from "./barriers.ts";
import { type Installation, openPage, signIn, startInstallation } from "./fixtures.ts";

/** Budgets over two months of traffic: what is left, where it lands, and a raise with an end. */
test.describe.configure({ mode: "serial" });

let cco: Installation;
let stop: () => Promise<void>;
let owner: Page;
let viewer: Page;

test.beforeAll(async ({ browser }) => {
  const started = await startInstallation({ seeded: true });
  cco = started.installation;
  stop = started.stop;
  const open = async (role: string) => {
    const page = await openPage(browser);
    const email = demoPeople.find((person) => person.role === role)?.email ?? "";
    await signIn(page, cco, { email, password: demoPassword });
    return page;
  };
  owner = await open("owner");
  viewer = await open("viewer");
});
test.afterAll(async () => stop?.());

const limit = (holder: string, usd: number) =>
  owner.request.put(`${cco.url}/api/limits`, {
    headers: { "content-type": "application/json", origin: cco.url, "sec-fetch-site": "same-origin" },
    data: { kind: "team", holder, monthlyBudgetNanoUsd: usd * 1e9 },
  });

const findRow = (team: string) =>
  owner.getByRole("row").filter({ has: owner.getByRole("button", { name: team, exact: true }) });

test("the page shows what is left, the burn-down as chart, table and image, and who spent it", async () => {
  for (const [team, usd] of [
    ["Payments", 1],
    ["Web", 100_000],
  ] as const)
    expect((await limit(team, usd)).status()).toBe(200);
  await owner.goto(`${cco.url}/budgets?budget=team:Web:dollars`);
  await expect(owner.getByRole("heading", { name: "Web, this month" })).toBeVisible();
  await expect(owner.getByRole("img", { name: /^Web: \$.* of \$100,000\.00 spent\. It lands at/ })).toBeVisible();
  await expect(findRow("Payments")).toContainText("of $1.00");
  await expect(owner.getByRole("heading", { name: "Who and what" })).toBeVisible();
  await expect(owner.getByRole("link", { name: "Set budgets" })).toHaveAttribute("href", "/team");
  const [image] = await Promise.all([
    owner.waitForEvent("download"),
    owner.getByRole("button", { name: "PNG" }).click(),
  ]);
  expect(image.suggestedFilename()).toMatch(/^cco_budget_Web_\d{4}-\d\d\.png$/);
  expect(
    readFileSync(await image.path())
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
  await owner.getByRole("button", { name: "Table", exact: true }).click();
  await expect(owner.getByRole("table", { name: "Days of Web" })).toContainText("forecast");
  expect(await barriers(owner, "/budgets")).toEqual([]);
});

test("one click lets a budget run, the raise is listed with its end and can be ended", async () => {
  await owner.goto(`${cco.url}/budgets?budget=team:Payments:dollars`);
  await owner.getByRole("button", { name: "Let it run: + $20" }).click();
  const raises = owner.getByRole("list", { name: "Raises in force" });
  await expect(raises).toContainText("+ $20.00");
  await owner.getByRole("button", { name: "Raise until…" }).click();
  await owner.getByLabel("By, in dollars").fill("0");
  await owner.getByRole("button", { name: "Raise the budget" }).click();
  await expect(owner.getByRole("alert").filter({ hasText: "at least one cent" })).toBeVisible();
  await owner.getByLabel("By, in dollars").fill("12.50");
  await owner.getByRole("button", { name: "Raise the budget" }).click();
  await expect(raises.getByRole("listitem")).toHaveCount(2);
  await expect(findRow("Payments")).toContainText("of $33.50");
  await raises.getByRole("listitem").first().getByRole("button", { name: "End now" }).click();
  await expect(raises.getByRole("listitem")).toHaveCount(1);
  await owner.goto(`${cco.url}/audit`);
  await expect(owner.getByText(/ended a raise of the budget of Payments/).first()).toBeVisible();
});

test("the organisation gets a budget on the Team page, which heads the budgets", async () => {
  await owner.goto(`${cco.url}/team`);
  await owner.getByRole("button", { name: "Limits of the organisation" }).click();
  await owner.getByLabel("Dollars per month").fill("6000");
  await owner.getByRole("button", { name: "Save limits" }).click();
  await expect(owner.getByRole("region", { name: "Limits: Organisation" })).toContainText("of $6,000.00");
  await owner.goto(`${cco.url}/budgets?budget=organisation:*:dollars`);
  await expect(owner.getByRole("heading", { name: "Acme, this month" })).toBeVisible();
  await expect(owner.getByText("This organisation has spent its $6,000.00")).toBeVisible();
  expect(await barriers(owner, "/budgets")).toEqual([]);
});

test("a viewer reads the budgets, and who raises them", async () => {
  await viewer.goto(`${cco.url}/budgets?budget=team:Payments:dollars`);
  const button = viewer.getByRole("button", { name: "Let it run: + $20" });
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await expect(button).toHaveAttribute("title", /owner/i);
});
