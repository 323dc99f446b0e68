import { expect, type Page, test } from "@playwright/test";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { type Installation, signIn, startInstallation } from "./fixtures.ts";

/** What a page is for is on its first screen, whole, whoever looks at it. */
test.describe.configure({ mode: "default" });

const heightPx = 900;
const widths = [1440, 390];

let cco: Installation;
let stop: () => Promise<void>;
let developer: Page;
let owner: Page;

test.beforeAll(async ({ browser }) => {
  const started = await startInstallation({ seeded: true });
  cco = started.installation;
  stop = started.stop;
  const open = async (role: string) => {
    const page = await (await browser.newContext()).newPage();
    const email = demoPeople.find((person) => person.role === role)?.email ?? "";
    await signIn(page, cco, { email, password: demoPassword });
    return page;
  };
  developer = await open("developer");
  owner = await open("owner");
});
test.afterAll(async () => stop?.());

for (const width of widths) {
  test(`a banner leaves the problems of the rules on the first screen, ${width} wide`, async () => {
    await developer.setViewportSize({ width, height: heightPx });
    await developer.goto(`${cco.url}/rules/edit`);
    await expect(developer.getByText("You can read the rules and try requests on them.")).toBeVisible();
    const box = await developer.getByText("No problems").boundingBox();
    const tabBar = width < 1024 ? 60 : 0;

    expect((box?.y ?? heightPx) + (box?.height ?? 0)).toBeLessThanOrEqual(heightPx - tabBar);
  });

  test(`no table is cut off, ${width} wide`, async () => {
    const cut: string[] = [];
    for (const [page, path] of [
      [developer, "/rules"],
      [owner, "/rules"],
      [owner, "/cache"],
    ] as const) {
      await page.setViewportSize({ width, height: heightPx });
      await page.goto(`${cco.url}${path}`);
      await expect(page.locator("main table").first()).toBeVisible();
      cut.push(...(await cutTables(page)).map((name) => `${path}: ${name}`));
    }

    expect(cut).toEqual([]);
  });
}

test("a developer is offered to view the rules, not to edit them", async () => {
  await developer.setViewportSize({ width: 1440, height: heightPx });
  await developer.goto(`${cco.url}/rules`);

  await expect(developer.getByRole("link", { name: "View rules" })).toBeVisible();
  await expect(developer.getByRole("link", { name: "Edit rules" })).toHaveCount(0);
});

test("the filter of a link shows a person's name, although they made no request in its range", async () => {
  const quiet = demoPeople.find((person) => person.role === "owner");
  const people = (await (await owner.request.get(`${cco.url}/api/team`)).json()) as {
    people: { id: string; name: string; email: string }[];
  };
  const person = people.people.find(({ email }) => email === quiet?.email);
  await owner.goto(`${cco.url}/activity?range=2020-01-01&person=${person?.id}`);

  await expect(owner.getByText(`Person is ${person?.name}`)).toBeVisible();
});

test("pages, data and files arrive compressed", async () => {
  const codings: [string, string | undefined][] = [];
  for (const path of ["/", "/api/costs/table?group=model", "/api/reports/costs.csv?group=day", "/api/audit/export"]) {
    const answer = await owner.request.get(`${cco.url}${path}`, { headers: { "accept-encoding": "gzip" } });
    codings.push([path, answer.headers()["content-encoding"]]);
  }

  expect(codings.filter(([, coding]) => coding !== "gzip")).toEqual([]);
});

/** Tables with more to the right than is shown, or cells that touch the edge of their panel. */
const cutTables = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLTableElement>("main table")].flatMap((table) => {
      const frame = table.parentElement;
      const last = [...table.querySelectorAll("tbody td:last-child")].find((cell) => cell.clientWidth > 0);
      const isWide = frame !== null && frame.scrollWidth > frame.clientWidth;
      const isTight = last !== undefined && Number.parseFloat(getComputedStyle(last).paddingRight) < 12;
      return isWide || isTight ? [table.caption?.textContent ?? "a table"] : [];
    }),
  );
