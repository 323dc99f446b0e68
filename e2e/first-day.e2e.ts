import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import { expect, type Page, test } from "@playwright/test";
import { formatMoneyExact } from "#core/report/format.ts";
import { type Installation, setUpOwner, startInstallation } from "./fixtures.ts";

/**
 * The first day of an installation, read top to bottom. Its steps are: set up, connect, see the cost, change a rule,
 * take it back.
 */
test.describe.configure({ mode: "serial" });

const asked = "claude-opus-5-5";
/** List prices in nano-dollars per token, written down here once more so that a wrong catalogue is noticed. */
const listPrice = {
  "claude-opus-5-5": { input: 4000n, output: 20000n, write5m: 5000n, write1h: 8000n, read: 200n },
  "claude-sonnet-5-5": { input: 2000n, output: 10000n, write5m: 2500n, write1h: 4000n, read: 100n },
};

let cco: Installation;
let stop: () => Promise<void>;
let page: Page;
let spentNano = 0n;
let requests = 0;

test.beforeAll(async ({ browser }) => {
  const started = await startInstallation();
  cco = started.installation;
  stop = started.stop;
  page = await browser.newPage();
});
test.afterAll(async () => {
  await page?.close();
  await stop?.();
});

test("the one-time link creates the owner and never opens again", async ({ browser }) => {
  await setUpOwner(page, cco);

  const stranger = await browser.newPage();
  await stranger.goto(cco.setupLink);
  await expect(stranger.getByLabel("Your name")).toHaveCount(0);
  await stranger.close();
});

test("a request of the official SDK turns the Connect page green", async () => {
  await expect(page.getByText("ANTHROPIC_BASE_URL").first()).toBeVisible();

  const answer = await ask("s-1", "Say hello.");

  expect(answer.model).toBe(asked);
  await expect(page.getByText(/^Connected/)).toBeVisible();
});

test("the cost of the request is on Overview and in Costs, to the nano-dollar", async () => {
  await page.goto(`${cco.url}/`);
  await expect(page.getByTitle(exact(spentNano)).first()).toBeVisible();

  await page.goto(`${cco.url}/costs?group=model`);
  await expect(
    page
      .getByRole("row", { name: /opus-5-5/ })
      .getByTitle(exact(spentNano))
      .first(),
  ).toBeVisible();
});

test("a rule published in the editor changes the next session, and the file on disk", async () => {
  await page.goto(`${cco.url}/rules/edit`);
  const editor = page.locator(".cm-content");
  await editor.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(`\n[[rule]]\nfrom = "${asked}"\nto = "claude-sonnet-5-5"\nnote = "Pilot"\n`);
  await page.getByRole("button", { name: "Publish", exact: false }).first().click();
  await page.getByLabel("Comment").fill("Opus to Sonnet, pilot");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Publish/ })
    .click();
  await expect.poll(() => rulesVersion()).toBe(2);

  const answer = await ask("s-2", "And now?", "claude-sonnet-5-5");

  expect(answer.model).toBe(asked);
  expect(readFileSync(cco.rulesFile, "utf8")).toContain('note = "Pilot"');
  expect(readdirSync(cco.dataDir).filter((name) => name.startsWith("model-overrides.toml.backup."))).toHaveLength(1);
});

test("rolling back takes two clicks, and the next session is not overridden", async () => {
  await page.goto(`${cco.url}/rules`);
  await page.getByRole("button", { name: "Roll back to v1" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Roll back to v1" }).click();
  await expect.poll(() => rulesVersion()).toBe(3);

  await ask("s-3", "Back again?");

  expect(readFileSync(cco.rulesFile, "utf8")).not.toContain("Pilot");
});

test("the CSV equals the screen, and both equal the recorded usage", async () => {
  await page.goto(`${cco.url}/costs?group=model`);
  await expect(page.getByTitle(exact(spentNano)).first()).toBeVisible();
  const csv = await (await page.request.get(`${cco.url}/api/reports/costs.csv?group=model`)).text();
  const [head = [], ...rows] = csv.trim().split("\n").map(splitCells);
  const column = (name: string) => head.indexOf(name);

  const sum = rows.reduce((total, row) => total + parseNanoUsd(row[column("cost_usd")] ?? ""), 0n);
  const count = rows.reduce((total, row) => total + Number(row[column("requests")]), 0);

  expect(sum).toBe(spentNano);
  expect(count).toBe(requests);
});

test("an edit of the rules file goes live and becomes a version by the file", async () => {
  writeFileSync(cco.rulesFile, `${readFileSync(cco.rulesFile, "utf8")}\n# edited by hand\n`);
  await expect.poll(() => rulesVersion()).toBe(4);

  await page.goto(`${cco.url}/rules`);
  await expect(page.getByLabel("Live version").getByRole("link", { name: "v4", exact: true })).toBeVisible();
});

test("a broken rules file changes nothing, and the console shows the position of the error", async () => {
  const good = readFileSync(cco.rulesFile, "utf8");
  writeFileSync(cco.rulesFile, `${good}\n[overrides\n`);
  await expect.poll(async () => (await health()).rules_problem ?? "").toMatch(/:\d+:\d+/);

  await page.goto(`${cco.url}/rules`);
  await expect(page.getByText("model-overrides.toml on disk is broken and is being ignored.")).toBeVisible();
  await expect(page.getByText(/line \d+/i).first()).toBeVisible();
  await ask("s-4", "Still served?");

  writeFileSync(cco.rulesFile, good);
  await expect.poll(async () => (await health()).rules_problem ?? null).toBe(null);
});

/** One streamed request through the proxy; adds what it must cost to the running total. */
async function ask(session: string, text: string, served: keyof typeof listPrice = asked) {
  const client = new Anthropic({ apiKey: "sk-ant-test", baseURL: cco.url, maxRetries: 0 });
  const stream = client.messages.stream(
    { model: asked, max_tokens: 200, messages: [{ role: "user", content: text }] },
    { headers: { "x-claude-code-session-id": session, "x-cco-project": "payments" } },
  );
  const message = await stream.finalMessage();
  const usage = message.usage;
  const price = listPrice[served];
  const write1h = BigInt(usage.cache_creation?.ephemeral_1h_input_tokens ?? 0);
  const write5m = BigInt(usage.cache_creation_input_tokens ?? 0) - write1h;
  spentNano +=
    BigInt(usage.input_tokens) * price.input +
    BigInt(usage.output_tokens) * price.output +
    BigInt(usage.cache_read_input_tokens ?? 0) * price.read +
    write5m * price.write5m +
    write1h * price.write1h;
  requests += 1;
  return message;
}

interface Health {
  rules_version: number | null;
  rules_problem: string | null;
}
const health = async (): Promise<Health> => (await fetch(`${cco.url}/health`)).json();
const rulesVersion = async () => (await health()).rules_version;
/** The tooltip of an amount: every digit. */
const exact = (nano: bigint): string => formatMoneyExact(nano);
const splitCells = (line: string): string[] => line.split(",").map((cell) => cell.trim().replace(/^"|"$/g, ""));
const parseNanoUsd = (dollars: string): bigint => BigInt(dollars.replace(".", ""));
