import { expect, type Page } from "@playwright/test";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { openPage, signIn, test } from "./fixtures.ts";

/** A reader's own palette in place of ours: what was said by colour alone must still be there. */
test.describe.configure({ mode: "default" });

const paths = ["/", "/activity", "/costs?group=model", "/rules", "/cache", "/connect"];
/** Pages with bars of a whole: shares, budgets, evidence of an alert. */
const barPaths = ["/", "/cache", "/alerts", "/team", "/settings", "/connect"];

for (const colorScheme of ["light", "dark"] as const) {
  test(`swatches, bars and lights stay visible in forced colours on a ${colorScheme} ground`, async ({
    browser,
    demo,
  }) => {
    const page = await openPage(browser, { forcedColors: "active", colorScheme });
    const owner = demoPeople.find((person) => person.role === "owner");
    await signIn(page, demo, { email: owner?.email ?? "", password: demoPassword });
    const seen: string[] = [];
    const vanished: string[] = [];
    for (const path of paths) {
      await page.goto(`${demo.url}${path}`);
      await expect(page.locator(".skeleton")).toHaveCount(0);
      const marks = await marksOn(page);
      seen.push(...marks.map(({ name }) => name));
      vanished.push(...marks.filter((mark) => !mark.isVisible).map(({ name }) => `${path}: ${name}`));
    }
    await page.context().close();

    expect(vanished).toEqual([]);
    expect(seen.join(" ")).toMatch(/swatch/);
    expect(seen.join(" ")).toMatch(/bg-t1/);
    expect(seen.join(" ")).toMatch(/bg-bar/);
    expect(seen.join(" ")).toMatch(/bg-saved/);
    expect(seen.join(" ")).toMatch(/hatch/);
  });

  test(`bars show their whole and switches their state in forced colours on a ${colorScheme} ground`, async ({
    browser,
    demo,
  }) => {
    const page = await openPage(browser, { colorScheme });
    const owner = demoPeople.find((person) => person.role === "owner");
    await signIn(page, demo, { email: owner?.email ?? "", password: demoPassword });
    const seen: string[] = [];
    const vanished: string[] = [];
    for (const path of barPaths) {
      await page.emulateMedia({ forcedColors: "none", colorScheme });
      await page.goto(`${demo.url}${path}`);
      await expect(page.locator(".skeleton")).toHaveCount(0);
      await markWholes(page);
      await page.emulateMedia({ forcedColors: "active", colorScheme });
      const wholes = await markedOn(page);
      seen.push(...wholes.map(({ name }) => `${path}: ${name}`));
      vanished.push(...wholes.filter((whole) => !whole.isVisible).map(({ name }) => `${path}: ${name}`));
    }
    await page.context().close();

    expect(vanished).toEqual([]);
    const found = seen.join("\n");
    expect(found.match(/^\/: bar/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(found).toMatch(/^\/(team|connect): bar/m);
    expect(found).toMatch(/^\/cache: bar/m);
  });
}

test("the entry that the keys are on is marked in forced colours: in a menu, a list, tabs, a completion and found text", async ({
  browser,
  demo,
}) => {
  const page = await openPage(browser, { forcedColors: "active" });
  const owner = demoPeople.find((person) => person.role === "owner");
  await signIn(page, demo, { email: owner?.email ?? "", password: demoPassword });
  const outlines = (selector: string) =>
    page
      .locator(selector)
      .filter({ visible: true })
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).outlineStyle));

  await page.goto(`${demo.url}/team`);
  await page
    .getByRole("button", { name: /^Actions for/ })
    .nth(1)
    .press("Enter");
  await page.keyboard.press("ArrowDown");
  expect(await outlines("[role=menuitem][data-highlighted]")).toEqual(["solid"]);
  expect(await outlines("[role=menuitem]:not([data-highlighted])")).not.toContain("solid");
  await page.goto(`${demo.url}/activity`);
  await expect(page.getByRole("tab").first()).toBeVisible();
  expect(await outlines("[role=tab][data-state=active]")).toEqual(["solid"]);
  expect(await outlines("[role=tab][data-state=inactive]")).not.toContain("solid");
  await page.goto(`${demo.url}/settings`);
  await page.getByRole("combobox", { name: /zone/i }).press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  expect(await outlines("[role=option][data-highlighted]")).toEqual(["solid"]);
  await page.goto(`${demo.url}/rules/edit`);
  await page
    .locator(".cm-line")
    .filter({ hasText: /^from = / })
    .first()
    .click();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Control+Space");
  await expect(page.locator(".cm-tooltip-autocomplete [aria-selected]")).toBeVisible();
  expect(await outlines(".cm-tooltip-autocomplete [aria-selected]")).toEqual(["solid"]);
  await page.keyboard.press("Escape");
  await page
    .locator(".cm-line")
    .filter({ hasText: /^from = / })
    .first()
    .dblclick({ position: { x: 12, y: 10 } });
  await expect(page.locator(".cm-selectionMatch").first()).toBeVisible();
  expect(new Set(await outlines(".cm-selectionMatch"))).toEqual(new Set(["solid"]));
  await page.keyboard.press("Control+f");
  await page.keyboard.type("from");
  await page.keyboard.press("Enter");
  await expect(page.locator(".cm-searchMatch-selected")).toBeVisible();
  expect(new Set(await outlines(".cm-searchMatch"))).toEqual(new Set(["solid"]));
  await page.context().close();
});

/**
 * Marks elements that have another ground than the page in our colours and a part in it. They are wholes of bars, and
 * grounds of switches.
 */
const markWholes = (page: Page) =>
  page.evaluate(() => {
    const isPainted = (element: Element) => getComputedStyle(element).backgroundColor !== "rgba(0, 0, 0, 0)";
    for (const part of document.querySelectorAll<HTMLElement>("main [style*='width'], [role=switch] span > span")) {
      const whole = part.parentElement;
      if (whole === null || whole.offsetWidth === 0 || !isPainted(whole) || !/%|^$/.test(part.style.width)) continue;
      whole.setAttribute("data-whole", part.closest("[role=switch]") === null ? "bar" : "switch");
    }
  });

/**
 * Whether each marked element and its part still show. A line, or a ground that differs, must show the element. Its
 * part must have another colour than its ground.
 */
const markedOn = (page: Page) =>
  page.evaluate(() => {
    const ground = getComputedStyle(document.body).backgroundColor;
    return [...document.querySelectorAll<HTMLElement>("[data-whole]")].map((whole) => {
      const style = getComputedStyle(whole);
      const isLined = (kind: string, width: string, colour: string) =>
        kind !== "none" && Number.parseFloat(width) > 0 && colour !== ground;
      const hasLine =
        isLined(style.outlineStyle, style.outlineWidth, style.outlineColor) ||
        isLined(style.borderTopStyle, style.borderTopWidth, style.borderTopColor);
      const part = getComputedStyle(whole.firstElementChild as Element).backgroundColor;
      const isVisible = (hasLine || style.backgroundColor !== ground) && part !== style.backgroundColor;
      return { name: `${whole.dataset.whole} ${whole.className}`, isVisible };
    });
  });

/**
 * Every element without text that is there for its colour, and whether it differs from the ground. Tracks and grounds
 * are left out.
 */
const marksOn = (page: Page) =>
  page.evaluate(() => {
    const ground = getComputedStyle(document.body).backgroundColor;
    return [...document.querySelectorAll<HTMLElement>("main span")]
      .concat([...document.querySelectorAll<HTMLElement>('[aria-label="Proxy"] span')])
      .filter((element) => element.childNodes.length === 0 && element.offsetWidth > 0)
      .filter((element) => /\b(swatch|hatch|bg-(?!sunken|surface|bg)[a-z0-9]+)\b/.test(element.className))
      .map((element) => {
        const { backgroundColor, backgroundImage, forcedColorAdjust } = getComputedStyle(element);
        const isColoured = backgroundColor !== ground && backgroundColor !== "rgba(0, 0, 0, 0)";
        const isVisible = forcedColorAdjust === "none" && (isColoured || backgroundImage !== "none");
        return { name: element.className, isVisible };
      });
  });
