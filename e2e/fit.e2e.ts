// Long because every page, role and width of a lived-in installation is looked at in one, whose start takes long.

import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { longFirings, writeFirings } from "./alert-rows.ts";
import { call, type Installation, joinAs, openPage, signIn, startInstallation } from "./fixtures.ts";

/** The purpose of each page is visible on its first screen, for every role. */
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
    const page = await openPage(browser);
    const email = demoPeople.find((person) => person.role === role)?.email ?? "";
    await signIn(page, cco, { email, password: demoPassword });
    return page;
  };
  developer = await open("developer");
  owner = await open("owner");
});
test.afterAll(async () => stop?.());

for (const width of widths) {
  test(`a banner keeps the problem list on the first screen, ${width} wide`, async () => {
    await developer.setViewportSize({ width, height: heightPx });
    await developer.goto(`${cco.url}/rules/edit`);
    await expect(developer.getByText("You can read the rules and try requests on them.")).toBeVisible();
    const box = await developer.getByText("No problems").boundingBox();
    const tabBar = width < 1024 ? 60 : 0;

    expect((box?.y ?? heightPx) + (box?.height ?? 0)).toBeLessThanOrEqual(heightPx - tabBar);
  });

  test(`no table is clipped, ${width} wide`, async () => {
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

test("a shared filter shows a person's name although they made no request in its range", async () => {
  const quiet = demoPeople.find((person) => person.role === "owner");
  const people = (await (await owner.request.get(`${cco.url}/api/team`)).json()) as {
    people: { id: string; name: string; email: string }[];
  };
  const person = people.people.find(({ email }) => email === quiet?.email);
  await owner.goto(`${cco.url}/activity?range=2020-01-01&person=${person?.id}`);

  await expect(owner.getByText(`Person is ${person?.name}`)).toBeVisible();
});

test("a developer's link to requests of theirs shows their name although they made none in its range", async () => {
  const { person } = (await (await developer.request.get(`${cco.url}/api/session`)).json()) as {
    person: { id: string; name: string };
  };
  await developer.goto(`${cco.url}/activity?range=2020-01-01&person=${person.id}`);

  await expect(developer.getByText(`Person is ${person.name}`)).toBeVisible();
});

test("the team page does not scroll sideways between a telephone's width and a desktop's", async () => {
  await owner.goto(`${cco.url}/team`);
  const wider: string[] = [];
  for (const width of [1024, 768, 640]) {
    await owner.setViewportSize({ width, height: heightPx });
    const content = await owner.evaluate(() => document.documentElement.scrollWidth);
    if (content > width) wider.push(`${content} on ${width}`);
  }

  expect(wider).toEqual([]);
});

test("pages, data and files are compressed", async () => {
  const codings: [string, string | undefined][] = [];
  for (const path of ["/", "/api/costs/table?group=model", "/api/reports/costs.csv?group=day", "/api/audit/export"]) {
    const answer = await owner.request.get(`${cco.url}${path}`, { headers: { "accept-encoding": "gzip" } });
    codings.push([path, answer.headers()["content-encoding"]]);
  }

  expect(codings.filter(([, coding]) => coding !== "gzip")).toEqual([]);
});

/** The longest names the API accepts: of words, in one piece, and from right to left. */
const longest = {
  words: "Nightly regression of the payment service, second region one",
  piece: "W".repeat(60),
  label: "M".repeat(64),
  /** A name of 80 characters. */
  rightToLeft: "מערכת תשלומים לילית ".repeat(4).trim().padEnd(80, "ת"),
};
const pagesWithNames = [
  ...["/", "/costs?range=30d&group=project", "/costs?range=30d&group=person", "/costs?range=30d&group=model"],
  ...["/costs?range=30d&group=team", "/activity?range=30d", "/activity?range=30d&tab=sessions", "/rules"],
  ...["/rules/edit", "/rules/versions/1", "/cache", "/connect", "/alerts", "/audit", "/team", "/settings"],
];

test("the longest names the API accepts do not break any page, 1440 and 390 wide", async () => {
  test.setTimeout(600_000);
  const before = await sidewaysOn(owner);
  await giveLongestNames();
  const after = await sidewaysOn(owner);

  expect(before.filter((place) => place.startsWith("1440"))).toEqual([]);
  expect(after.filter((place) => !before.includes(place))).toEqual([]);
});

/** People, keys, tokens, limits, rules, settings and requests under the longest names. */
async function giveLongestNames(): Promise<void> {
  const { words, piece, label, rightToLeft } = longest;
  const send = async (method: "POST" | "PUT" | "PATCH", path: string, data: object) => {
    const headers = { "content-type": "application/json", origin: cco.url, "sec-fetch-site": "same-origin" };
    const answer = await owner.request.fetch(`${cco.url}${path}`, { method, headers, data });
    expect(answer.status(), `${path} ${await answer.text()}`).toBeLessThan(300);
    return (await answer.json()) as { key?: { id: string }; version?: { number: number } };
  };
  const email = `${"e".repeat(60)}@${"d".repeat(60)}.example.com`;
  await joinAs(owner, cco, { name: rightToLeft, email, password: "correct-horse-battery-9", role: "developer" });
  await call(owner, cco, "/api/team/invites", { email: `i${email.slice(1)}`, role: "viewer" });
  const team = (await (await owner.request.get(`${cco.url}/api/team`)).json()) as {
    people: { id: string; email: string }[];
  };
  const person = team.people.find((one) => one.email === email)?.id ?? "";
  await send("POST", `/api/team/people/${person}/team`, { team: label });
  const limits = { monthlyBudgetNanoUsd: 900_000_000_000_000, models: ["claude-opus-5-5", "claude-*-5-5"] };
  for (const name of [words, piece, rightToLeft.slice(0, 60)]) {
    await send("POST", "/api/keys", {
      name,
      personId: person,
      project: label,
      team: label,
      attribution: "free",
      ...limits,
    });
    await send("POST", "/api/keys", { name, project: label, team: label });
    await send("POST", "/api/tokens", { name, scopes: ["read", "rules", "keys"] });
    await send("POST", "/api/alerts", { kind: "spool-backlog", name });
  }
  await writeFirings(cco.dataDir, longFirings(piece, rightToLeft));
  const issued = await send("POST", "/api/keys", { name: piece, personId: person, project: label, team: label });
  await send("PUT", "/api/limits", { kind: "team", holder: label, ...limits, requestsPerMinute: 600 });
  await send("PUT", "/api/limits", { kind: "project", holder: label, ...limits, requestsPerMinute: 600 });
  await send("PATCH", "/api/settings", { organisation: piece });
  const rules = (await (await owner.request.get(`${cco.url}/api/rules`)).json()) as { live: { number: number } };
  const live = (await (await owner.request.get(`${cco.url}/api/rules/versions/${rules.live.number}`)).json()) as {
    toml: string;
  };
  const toml = `${live.toml}\n[[rule]]\nfrom = "claude-opus-${"9".repeat(60)}"\nto = "claude-sonnet-5-5"\nwhen = { project = ["${label}"] }\nnote = "${piece}"\n`;
  await send("POST", "/api/rules/publish", { toml, basedOn: rules.live.number, comment: piece.repeat(3) });
  const sql = await openSqlConnection(`file:${join(cco.dataDir, "cco.db")}`);
  try {
    const model = `claude-${"opus".repeat(14)}`;
    const about = { project: label, team: label, personId: person, proxyKeyId: issued.key?.id ?? null };
    const startedAtMs = Date.now() - 60_000;
    const events = [piece, rightToLeft].map((sessionId) =>
      makeEvent({
        ...about,
        startedAtMs,
        endedAtMs: startedAtMs + 900,
        sessionId,
        requestedModel: model,
        servedModel: model,
      }),
    );
    await recordEvents(sql, events);
  } finally {
    await sql.close();
  }
}

/**
 * Finds what does not fit, on every page at every width. That is what goes sideways, is out of sight or is cut without
 * its whole text to read. A page is loaded at one width and drawn again at the other: the layout is the style sheet's,
 * which knows no earlier width.
 */
async function sidewaysOn(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const path of pagesWithNames) {
    await page.goto(`${cco.url}${path}`);
    await expect(page.locator("main h1, header h1").first()).toBeVisible();
    await page.waitForLoadState("networkidle");
    for (const width of widths) {
      await page.setViewportSize({ width, height: heightPx });
      // Charts are drawn to their new size after the first frame of the new width.
      await expect.poll(() => chartsOutOfFrame(page)).toEqual([]);
      found.push(...(await page.evaluate(sidewaysPlaces)).map((place) => `${width} ${path}: ${place}`));
    }
  }
  return [...new Set(found)];
}

/** Charts that are not yet as wide as what holds them, after two frames. */
const chartsOutOfFrame = (page: Page) =>
  page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
    return [...document.querySelectorAll("canvas")]
      .map((canvas) => [canvas.clientWidth, canvas.parentElement?.clientWidth])
      .filter(([own, frame]) => own !== frame);
  });

function sidewaysPlaces(): string[] {
  const isEllipsis = (element: Element) => getComputedStyle(element).textOverflow === "ellipsis";
  const named = (element: Element) =>
    `${element.tagName.toLowerCase()} ${(element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 24)}`;
  const found: string[] = [];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) found.push(`the page by ${page.scrollWidth - page.clientWidth} px`);
  for (const element of document.querySelectorAll<HTMLElement>("body *")) {
    if (element.clientWidth === 0 || element.closest(".cm-editor, pre, [aria-hidden=true], .sr-only") !== null)
      continue;
    const { overflowX } = getComputedStyle(element);
    const isOver = element.scrollWidth > element.clientWidth + 1;
    if (isOver && (overflowX === "auto" || overflowX === "scroll")) found.push(`scrolls: ${named(element)}`);
    const isTitled = element.closest("[title]") !== null || element.querySelector("[title]") !== null;
    if (isOver && isEllipsis(element) && !isTitled) found.push(`cut without a title: ${named(element)}`);
    if (!element.matches("button, a, input, select")) continue;
    const { left, right } = element.getBoundingClientRect();
    for (let up: HTMLElement | null = element; up !== null; up = up.parentElement) {
      // What an ellipsis ends is text, and was looked at above.
      if (isEllipsis(up)) break;
      if (up !== element && getComputedStyle(up).overflowX === "visible" && up !== document.body) continue;
      const box = up.getBoundingClientRect();
      if (left >= box.left - 1 && right <= box.right + 1) continue;
      found.push(`out of sight: ${named(element)}`);
      break;
    }
  }
  return found;
}

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
