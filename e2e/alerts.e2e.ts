import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, type Page, test } from "@playwright/test";
import { failingRule, writeFirings } from "./alert-rows.ts";
import { barriers } from "./barriers.ts";
import { becomeOwner, type Installation, joinAs, openPage, startInstallation } from "./fixtures.ts";

/** An admin is shown what fires, silences it, tunes it, and has it sent. */
test.describe.configure({ mode: "serial" });

const admin = { name: "Ada Admin", email: "ada@example.com", password: "another-long-secret-7", role: "admin" };
const viewer = { name: "Vera Viewer", email: "vera@example.com", password: "another-long-secret-8", role: "viewer" };

/** What the receiver of the webhook was sent. */
const received: { headers: IncomingHttpHeaders; body: string }[] = [];
let receiver: Server;
let cco: Installation;
let stop: () => Promise<void>;
let owner: Page;
let page: Page;
let secret = "";

test.beforeAll(async ({ browser }) => {
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(request.url === "/gone" ? 410 : 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const started = await startInstallation({ env: { CCO_ALERT_HOSTS: "127.0.0.1" } });
  ({ installation: cco, stop } = started);
  owner = await openPage(browser);
  await becomeOwner(owner, cco);
  page = await joinAs(owner, cco, admin);
  await writeFirings(cco.dataDir, [failingRule]);
});
test.afterAll(async () => {
  await stop?.();
  receiver?.close();
});

const receiverUrl = (path: string) => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;
const firing = () => page.getByRole("region", { name: failingRule.name });
const menu = () => page.getByRole("navigation", { name: "Primary" }).first();

test("an admin is shown what fires with its evidence and its fix, and is counted to it on every page", async () => {
  await page.goto(`${cco.url}/team`);
  await menu()
    .getByRole("link", { name: /^Alerts ?1 firing$/ })
    .click();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Alerts");
  // What fires has no figures of now: nothing was judged yet, or it is within its bound.
  await expect(firing().getByText(`When it fired: ${failingRule.title}`)).toBeVisible();
  await expect(firing().getByText("18 of 611 requests").first()).toBeVisible();
  await expect(firing().getByText(/firing for 2[12] min/)).toBeVisible();
  await expect(firing().getByRole("link", { name: "Roll back to v1" })).toHaveAttribute("href", "/rules?roll-back=1");
  await expect(page.getByText("Alerts are shown here only.")).toBeVisible();
  expect(await barriers(page, "/alerts")).toEqual([]);
});

test("an acknowledged alert names the person and is no longer counted", async () => {
  await firing().getByRole("button", { name: "Acknowledge" }).click();

  await expect(firing().getByText("Acknowledged by Ada Admin")).toBeVisible();
  await expect(menu().getByRole("link", { name: "Alerts", exact: true })).toBeVisible();
  await expect(page.getByRole("row", { name: /2\.9% of 611 requests .* Ada Admin/ })).toBeVisible();
});

test("a snooze says until when, and ends when it is ended", async () => {
  await firing()
    .getByRole("button", { name: /^Snooze / })
    .click();
  await page.getByRole("menuitem", { name: "4 hours" }).click();
  const row = page.getByRole("table", { name: "Alert rules" }).getByRole("row", { name: /Error rate/ });
  await expect(row.getByText("Snoozed")).toBeVisible();
  await expect(row.getByText(/^until \d/)).toBeVisible();

  await firing()
    .getByRole("button", { name: /^Snoozed/ })
    .click();
  await page.getByRole("menuitem", { name: "End the snooze" }).click();

  await expect(row.getByText(/^Firing/)).toBeVisible();
});

test("a threshold is edited in words, and what cannot be read is said beside its field", async () => {
  await page.getByRole("link", { name: failingRule.name }).click();
  await expect(page).toHaveURL(/\/alerts\?alert=errors-after-publish$/);
  const sheet = page.getByRole("dialog", { name: failingRule.name });
  await expect(sheet.getByRole("figure").getByText(failingRule.title)).toBeVisible();
  await sheet.getByLabel("Times the others").fill("4.5");
  await expect(sheet.getByText(/fails at least 4\.5× as often/)).toBeVisible();
  await sheet.getByLabel("Cool-down").fill("soon");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet.getByText("Write a number and a unit: 30 s, 10 min, 1 h or 2 d.")).toBeVisible();
  await sheet.getByLabel("Cool-down").fill("90 min");
  await sheet.getByLabel("Times the others").fill("4000");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet.getByText("From 1 to 100.")).toBeVisible();
  expect(await barriers(page, "the sheet of an alert")).toEqual([]);
  await sheet.getByLabel("Times the others").fill("4.5");
  await sheet.getByRole("button", { name: "Save" }).click();

  await expect(sheet).toHaveCount(0);
  await expect(page).toHaveURL(/\/alerts$/);
  const row = page.getByRole("table", { name: "Alert rules" }).getByRole("row", { name: /Error rate/ });
  await expect(row.getByText("a changed rule fails at least 4.5× as often as the others")).toBeVisible();
  await expect(row.getByText("1 h 30 min")).toBeVisible();
});

test("a webhook is added, its secret is shown once, and a test arrives signed with it", async () => {
  await page.getByRole("button", { name: "Channels", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Channels" });
  await sheet.getByRole("button", { name: "E-mail" }).click();
  await expect(sheet.getByText("This installation has no mail server yet")).toBeVisible();
  await sheet.getByRole("region", { name: "Add E-mail" }).getByRole("button", { name: "Close" }).click();
  await sheet.getByRole("button", { name: "Webhook" }).click();
  await sheet.getByLabel("Name").fill("On call");
  await sheet.getByLabel("Address").fill("http://localhost/hook");
  await sheet.getByRole("button", { name: "Add channel" }).click();
  await expect(sheet.getByText(/^Use https/)).toBeVisible();
  await sheet.getByLabel("Address").fill(receiverUrl("/hook"));
  await sheet.getByRole("button", { name: "Add channel" }).click();
  secret = (await sheet.getByText(/^whsec_/).textContent()) ?? "";
  await sheet.getByRole("button", { name: "Send it every alert" }).click();
  await expect(sheet.getByText("used by 10 alerts")).toBeVisible();

  await sheet.getByRole("button", { name: "Send test to On call" }).click();
  await expect(sheet.getByText(/^Test delivered in /)).toBeVisible();

  expect(received).toHaveLength(1);
  expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ type: "alert.test" });
  expect(received[0]?.headers["webhook-signature"]).toBe(signReceived(received[0], secret));
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  await expect(page.getByText("Alerts are shown here only.")).toHaveCount(0);
});

test("a renewed secret signs beside the old one", async () => {
  await page.goto(`${cco.url}/alerts?channels=1`);
  const sheet = page.getByRole("dialog", { name: "Channels" });
  await expect(sheet.getByText(/whsec_/)).toHaveCount(0);
  expect(await barriers(page, "the sheet of channels")).toEqual([]);
  await sheet.getByRole("button", { name: "Actions for On call" }).click();
  await page.getByRole("menuitem", { name: "Renew secret" }).click();
  await page
    .getByRole("dialog", { name: /^Renew/ })
    .getByRole("button", { name: "Renew secret" })
    .click();
  const renewed = (await sheet.getByText(/^whsec_/).textContent()) ?? "";
  await sheet.getByRole("button", { name: "Send test to On call" }).click();
  await expect(sheet.getByText(/^Test delivered in /)).toBeVisible();

  expect(received.at(-1)?.headers["webhook-signature"]).toBe(
    `${signReceived(received.at(-1), renewed)} ${signReceived(received.at(-1), secret)}`,
  );
});

test("an alert of a kind is added to a channel, tested from its sheet, and removed", async () => {
  await page.goto(`${cco.url}/alerts`);
  await page.getByRole("button", { name: "New alert" }).click();
  await page
    .getByRole("dialog", { name: "New alert" })
    .getByRole("button", { name: /^Spool backlog/ })
    .click();
  const sheet = page.getByRole("dialog", { name: "New alert: Spool backlog" });
  await sheet.getByLabel("Name").fill("Spool at night");
  await sheet.getByLabel("Longer than").fill("10 min");
  await sheet.getByRole("button", { name: "Send test" }).click();
  await expect(sheet.getByText(/^Test delivered in /)).toBeVisible();
  await sheet.getByRole("button", { name: "Add alert" }).click();
  await expect(sheet).toHaveCount(0);
  const link = page.getByRole("table", { name: "Alert rules" }).getByRole("link", { name: "Spool at night" });
  await expect(page.getByRole("row", { name: /Spool at night .*longer than 10 min.* On call/ })).toBeVisible();

  await link.click();
  await page.getByRole("dialog", { name: "Spool at night" }).getByRole("button", { name: "Remove" }).click();
  await page
    .getByRole("dialog", { name: /^Remove/ })
    .getByRole("button", { name: "Remove alert" })
    .click();

  // Behind the open sheet the link cannot be reached at all: the message says that it is done.
  await expect(page.getByText("“Spool at night” is removed")).toBeVisible();
  await expect(link).toHaveCount(0);
  await page.goto(`${cco.url}/audit?action=alerts`);
  await expect(page.getByText("removed the alert “Spool at night”")).toBeVisible();
});

test("a receiver that refuses is named in the outcome of the test", async () => {
  await page.goto(`${cco.url}/alerts?channels=1`);
  const sheet = page.getByRole("dialog", { name: "Channels" });
  await sheet.getByRole("button", { name: "Slack" }).click();
  await sheet.getByLabel("Name").fill("Old room");
  await sheet.getByLabel("Address").fill(receiverUrl("/gone"));
  await sheet.getByRole("button", { name: "Add channel" }).click();
  await sheet.getByRole("button", { name: "Send test to Old room" }).click();
  await expect(sheet.getByText(/^Test not delivered: .*410/)).toBeVisible();

  await sheet.getByRole("button", { name: "Actions for Old room" }).click();
  await page.getByRole("menuitem", { name: "Remove channel" }).click();
  await page
    .getByRole("dialog", { name: /^Remove/ })
    .getByRole("button", { name: "Remove channel" })
    .click();
  await expect(sheet.getByText("Old room")).toHaveCount(0);
});

test("the history is saved as a CSV that holds what is shown", async () => {
  await page.goto(`${cco.url}/alerts`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export as CSV" }).click(),
  ]);
  const [head, row] = (await readFile(await download.path(), "utf8")).split("\r\n");

  expect(download.suggestedFilename()).toMatch(/^alerts-\d{4}-\d\d-\d\d\.csv$/);
  expect(head).toBe("fired_at,ended_at,alert,title,value,duration_s,delivered,acknowledged_by,ended_by");
  expect(row).toContain('"2.9% of 611 requests",,"","Ada Admin"');
});

test("a viewer has neither the page nor its entry in the menu", async () => {
  const theirs = await joinAs(owner, cco, viewer);
  const asked: string[] = [];
  theirs.on("request", (request) => asked.push(new URL(request.url()).pathname));

  await theirs.goto(`${cco.url}/alerts`);

  await expect(theirs.getByText("This page is not open to your role")).toBeVisible();
  await expect(theirs.getByRole("link", { name: /^Alerts/ })).toHaveCount(0);
  expect(asked).not.toContain("/api/alerts/count");
  await theirs.close();
});

/** The signature of what was received, by the Standard Webhooks specification. */
function signReceived(one: (typeof received)[number] | undefined, key: string): string {
  const { "webhook-id": id, "webhook-timestamp": timestamp } = one?.headers ?? {};
  const mac = createHmac("sha256", Buffer.from(key.replace("whsec_", ""), "base64"));
  return `v1,${mac.update(`${id}.${timestamp}.${one?.body}`).digest("base64")}`;
}
