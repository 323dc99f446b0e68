import { readFileSync, writeFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { formatMoneyExact } from "#core/report/format.ts";
import { barriers } from "./barriers.ts";
import { call, type Installation, joinAs, rulesVersion, startAsOwner } from "./fixtures.ts";

/**
 * What the data plane records, looked up by the person who wonders: which rule, which edits, how much, whose session.
 * Long because the stories share one installation and what it has recorded.
 */
test.describe.configure({ mode: "serial" });

const asked = "claude-opus-5-5";
const served = "claude-haiku-4-5-20251001";
/** List prices in nano-dollars per token, written down here once more so that a wrong catalogue is noticed. */
const price = {
  [served]: { input: 1000n, output: 5000n, write5m: 1250n, write1h: 2000n, read: 100n },
  [asked]: { input: 4000n, output: 20000n, write5m: 5000n, write1h: 8000n, read: 200n },
};
const usage = { input: 11, write5m: 1003, write1h: 505, read: 30_007, output: 77 };
const session = "5e551011-0000-4000-8000-000000000001";

let cco: Installation;
let stop: () => Promise<void>;
let page: Page;

test.beforeAll(async ({ browser }) => {
  ({ cco, page, stop } = await startAsOwner(browser));
  const rule = `\n[[rule]]\nfrom = "${asked}"\nto = "${served}"\nnote = "Small model trial"\n`;
  writeFileSync(cco.rulesFile, `${readFileSync(cco.rulesFile, "utf8")}${rule}`);
  await expect.poll(() => rulesVersion(cco)).toBe(2);
});
test.afterAll(() => stop?.());

test("the empty Activity page explains how the first request arrives", async () => {
  await page.goto(`${cco.url}/activity`);

  await expect(page.getByText("No request has passed through CCO yet.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Connect Claude Code" })).toBeVisible();
});

test("an overridden request is listed, and its sheet shows rule, edits and exact money", async () => {
  await ask({ session });
  await page.goto(`${cco.url}/activity`);
  const row = page.getByRole("row", { name: /opus-5-5 .*haiku-4-5.*Overridden/ });
  await expect(async () => {
    await page.reload();
    await expect(row).toBeVisible();
  }).toPass();

  await row.getByRole("link").click();

  const sheet = page.getByRole("dialog", { name: "Request" });
  await expect(
    sheet.getByText(/^Rule 1 of v2 \(Small model trial\) matched: opus-5-5 is served by haiku-4-5\.$/),
  ).toBeVisible();
  await expect(sheet.getByText("The longest answer allowed was lowered to what haiku-4-5 takes.")).toBeVisible();
  await expect(sheet.getByText(/^The thinking mode was/)).toBeVisible();
  const [paid, full, saved] = (await sheet.locator("dl").first().locator("dd").allTextContents()).map(parseNanoUsd);
  expect(paid).toBe(sumCost(served));
  expect(full).toBeGreaterThan(sumCost(asked)); // its tokenizer makes more tokens of the same text
  expect(saved).toBe((full ?? 0n) - (paid ?? 0n));
  await expect(sheet.getByText(/their tokenizers differ/)).toBeVisible();
  const write1h = sheet.getByRole("row", { name: /Cache write, 1 hour/ });
  await expect(write1h).toContainText(formatMoneyExact(505n * price[served].write1h));
  await expect(page).toHaveURL(/request=evt_/);
  expect(await barriers(page, "sheet")).toEqual([]);
});

test("the request sheet has an address, j and k move between rows, and Escape restores the focus", async () => {
  await ask({ session, text: "A second question" });
  await expect.poll(async () => (await listed()).length).toBe(2);
  const [newer, older] = await listed();
  await page.goto(`${cco.url}/activity?request=${older}`);
  const sheet = page.getByRole("dialog", { name: "Request" });
  await expect(sheet.getByText(older ?? "").first()).toBeVisible();

  await page.keyboard.press("k");
  await expect(sheet.getByText(newer ?? "").first()).toBeVisible();
  await page.keyboard.press("Escape");

  await expect(sheet).toHaveCount(0);
  await expect(page.locator(`tr [data-request="${newer}"]`)).toBeFocused();
});

test("Live shows the next request without a reload and pauses while the reader selects text", async () => {
  await page.goto(`${cco.url}/activity`);
  await page.getByRole("switch", { name: "Live" }).click();
  await expect(page.getByText("Following the traffic")).toBeVisible();

  await ask({ session: "5e551011-0000-4000-8000-000000000002", project: "live-project" });

  await expect(page.getByRole("row", { name: /live-project/ })).toBeVisible();
  await page.getByRole("columnheader", { name: "Time" }).selectText();
  await expect(page.getByText("Paused while you read.")).toBeVisible();
  await ask({ session: "5e551011-0000-4000-8000-000000000002", project: "late-project" });
  await page.getByRole("button", { name: "1 new" }).click();
  await expect(page.getByRole("row", { name: /late-project/ })).toBeVisible();
});

test("a session nests its sub-agents with their costs and links to their requests", async () => {
  await ask({ session, agent: "agent-parent" });
  await ask({ session, agent: "agent-child", parent: "agent-parent" });
  await page.goto(`${cco.url}/activity?tab=sessions`);
  const card = page.getByRole("article", { name: `Session ${session}` });
  await expect(async () => {
    await page.reload();
    await expect(card.getByRole("button", { name: "2 sub-agents" })).toBeVisible();
  }).toPass();

  await card.getByRole("button", { name: "2 sub-agents" }).click();

  const parent = card.getByRole("listitem", { name: "Sub-agent agent-parent" });
  const child = parent.getByRole("listitem", { name: "Sub-agent agent-child" });
  await expect(child.getByTitle(formatMoneyExact(sumCost(served)), { exact: true })).toBeVisible();
  await expect(card.getByTitle(formatMoneyExact(4n * sumCost(served)), { exact: true })).toBeVisible();
  expect(await barriers(page, "sessions")).toEqual([]);
  await child.getByRole("button", { name: /Requests of sub-agent/ }).click();
  await expect(page).toHaveURL(/session=5e551011.*agent=agent-child/);
  await expect(page.locator("tbody [data-request]")).toHaveCount(1);
});

test("filters are in the address, and an empty result offers to remove them", async () => {
  await page.goto(`${cco.url}/activity?outcome=failed`);
  await expect(page.getByText("Nothing matched the filters in this range.")).toBeVisible();
  await page.getByRole("button", { name: "Remove the filters" }).click();

  await expect(page.locator("tbody [data-request]").first()).toBeVisible();
  await expect(page).not.toHaveURL(/outcome/);
  await page.goBack();
  await expect(page.getByText("Outcome is Failed")).toBeVisible();
});

test("no page and no response contains a prompt or a credential", async () => {
  const [request] = await listed();
  const shown: string[] = [];
  for (const path of ["/activity", `/activity?request=${request}`, "/activity?tab=sessions", "/"])
    shown.push(await (await page.request.get(`${cco.url}${path}`)).text());
  for (const path of ["", "/live", "/sessions", "/series", "/facets", `/requests/${request}`])
    shown.push(await (await page.request.get(`${cco.url}/api/activity${path}`)).text());

  expect(shown.join("\n")).toContain(request);
  expect(shown.filter((text) => /Say hello|A second question|sk-ant-test/.test(text))).toEqual([]);
});

test("a developer finds the changes to their requests in two clicks and sees no other person's requests", async () => {
  const dora = { name: "Dora Developer", email: "dora@example.com", password: "another-long-secret-8" };
  const theirs = await joinAs(page, cco, { ...dora, role: "developer" });
  const { secret } = (await (await call(theirs, cco, "/api/keys", { name: "Laptop" })).json()) as { secret: string };
  const [others] = await listed();
  const known = () => fetch(`${cco.url}/v1/models`, { headers: { "x-api-key": "sk-ant-test", "x-cco-key": secret } });
  await expect.poll(async () => (await known()).status).not.toBe(401); // a new key is known to the proxy within a second
  await ask({ session: "5e551011-0000-4000-8000-00000000d09a", project: "dora-project", key: secret });
  await expect.poll(async () => (await listed())[0]).not.toBe(others);

  await theirs.goto(`${cco.url}/connect`);
  await theirs.getByRole("link", { name: "Show my requests" }).click();
  await theirs.locator("tbody [data-request]").first().click();

  await expect(theirs.getByRole("dialog").getByText(/^Rule 1 of v2 \(Small model trial\) matched/)).toBeVisible();
  await expect(theirs.locator("tbody [data-request]")).toHaveCount(1);
  expect((await theirs.request.get(`${cco.url}/api/activity/requests/${others}`)).status()).toBe(404);
  await theirs.close();
});

test("names of callers that every object has, such as constructor, take no page away", async () => {
  const names = ["constructor", "toString", "valueOf", "hasOwnProperty"];
  const before = (await listed()).length;
  for (const name of names) {
    const headers = { "x-api-key": "sk-ant-test", "x-claude-code-session-id": name, "x-cco-project": name };
    const body = JSON.stringify({ model: name, max_tokens: 5, messages: [{ role: "user", content: name }] });
    await (await fetch(`${cco.url}/v1/messages`, { method: "POST", headers, body })).arrayBuffer();
  }
  await expect.poll(async () => (await listed()).length).toBe(before + names.length);

  const paths = ["/", "/?range=24h", "/activity", "/activity?tab=sessions", "/costs", "/costs?range=24h&group=project"];
  paths.push(
    "/costs?group=model",
    "/rules",
    "/rules/edit",
    "/cache",
    "/connect",
    "/team",
    "/alerts",
    "/audit",
    "/settings",
  );
  for (const name of names) paths.push(`/costs?range=${name}&group=${name}&sort=${name}`, `/?range=${name}`);
  for (const name of names)
    paths.push(`/activity?range=${name}&model=${name}&outcome=${name}`, `/sign-in?error=${name}`);
  for (const path of paths) expect((await page.request.get(cco.url + path)).status(), path).toBe(200);
  await page.goto(cco.url);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
  await page.goto(`${cco.url}/costs?range=24h&group=model`);
  for (const name of names) await expect(page.getByRole("row", { name: new RegExp(`^${name}`) })).toBeVisible();
});

interface Asked {
  session: string;
  text?: string;
  project?: string;
  agent?: string;
  parent?: string;
  /** A proxy key of CCO's own. */
  key?: string;
}

/**
 * Sends a request as Claude Code sends it for the asked model. The served one takes neither its thinking nor its
 * length.
 */
async function ask({
  session: id,
  text = "Say hello.",
  project = "payments",
  agent,
  parent,
  key,
}: Asked): Promise<void> {
  const answer = await fetch(`${cco.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "sk-ant-test",
      "anthropic-version": "2023-06-01",
      "x-claude-code-session-id": id,
      "x-cco-project": project,
      "x-mock-usage": JSON.stringify(usage),
      ...(key === undefined ? {} : { "x-cco-key": key }),
      ...(agent === undefined ? {} : { "x-claude-code-agent-id": agent }),
      ...(parent === undefined ? {} : { "x-claude-code-parent-agent-id": parent }),
    },
    body: JSON.stringify({
      model: asked,
      max_tokens: 128_000,
      thinking: { type: "adaptive" },
      messages: [{ role: "user", content: text }],
    }),
  });
  expect(answer.headers.get("x-cco-override")).toBe("applied");
  await answer.arrayBuffer();
}

const sumCost = (model: keyof typeof price): bigint =>
  BigInt(usage.input) * price[model].input +
  BigInt(usage.write5m) * price[model].write5m +
  BigInt(usage.write1h) * price[model].write1h +
  BigInt(usage.read) * price[model].read +
  BigInt(usage.output) * price[model].output;

/** "$0.0042" as nano-dollars. */
const parseNanoUsd = (text: string): bigint => {
  const [dollars = "", fraction = ""] = text.replace(/[$,]/g, "").split(".");
  return BigInt(dollars + fraction.padEnd(9, "0"));
};

/** Ids as the API lists them, newest first. */
async function listed(): Promise<string[]> {
  const { rows } = await (await page.request.get(`${cco.url}/api/activity`)).json();
  return (rows as { id: string }[]).map(({ id }) => id);
}
