import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCatalogue, parseModelsToml } from "#config/models-toml.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { parsePricesToml } from "#config/prices-toml.ts";
import { readConsoleEnv } from "#config/read-console-env.ts";
import { readProxyEnv } from "#config/read-env.ts";
import { makeControlDeps } from "#control/deps.ts";
import { priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { compileRules } from "#core/rules/compile.ts";
import { runRuleTests } from "#core/rules/run-rule-tests.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

const pages = ["README.md", "CONTRIBUTING.md", ...markdownBelow("docs")];
const PRICE_PAGE = join("docs", "howto", "add-a-model-price.md");
const catalogue = loadCatalogue();

interface Snippet {
  page: string;
  line: number;
  text: string;
}

const snippets = pages.flatMap((page) => tomlSnippets(page));
/** Own prices. */
const isPrices = ({ text }: Snippet) => /^\[\[(?:price|discount|multiplier)\]\]/m.test(text);
/** Pieces of the model catalogue; every other snippet is a file of rules. */
const isCatalogue = ({ text }: Snippet) => /^\[\[model\]\]|^price_version/m.test(text);

describe("configuration in the documentation", () => {
  it("exists in the documentation", () => {
    expect(snippets.filter(isCatalogue).length).toBeGreaterThan(1);
    expect(snippets.filter((snippet) => !isCatalogue(snippet)).length).toBeGreaterThan(3);
  });

  it.each(snippets.filter(isPrices))("$page, line $line: the prices load", ({ text }) => {
    expect(parsePricesToml(text)).toMatchObject({ ok: true });
  });

  it.each(snippets.filter((snippet) => !isCatalogue(snippet) && !isPrices(snippet)))(
    "$page, line $line: the rules load without a warning, and their tests pass",
    ({ text }) => {
      const parsed = parseOverridesToml(text, { catalogue, today: "2026-11-28", zone: "UTC" });

      expect(parsed.problems).toEqual([]);
      if (!parsed.ok) throw new Error("the rules do not load");
      const results = runRuleTests(parsed.ruleSet, compileRules(parsed.ruleSet, catalogue));
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
    },
  );

  it.each(pages)("%s names only environment variables that CCO reads", (page) => {
    const named = new Set(readFileSync(page, "utf8").match(/\bCCO_[A-Z][A-Z0-9_]*[A-Z0-9]\b/g) ?? []);
    const unread = [...named].filter((name) => !isRead(name));

    expect(unread).toEqual([]);
  });
});

describe("the howto about prices", () => {
  const edited = [PRICE_PAGE].flatMap(tomlSnippets).reduce(applied, readFileSync("config/models.toml", "utf8"));

  it("adds a model whose price periods start on the stated days", () => {
    const after = parseModelsToml(edited);
    const cost = (day: string) =>
      priceRequest(
        {
          ...{ requested: "claude-haiku-6", served: "claude-haiku-6" },
          usage: { ...emptyUsage(), inputTokens: 1_000_000 },
          context: { serviceTier: null, speed: null, inferenceGeo: null },
          atMs: Date.parse(`${day}T12:00:00Z`),
        },
        after,
      ).cost;

    expect(after.priceVersion).not.toBe(catalogue.priceVersion);
    expect([cost("2026-12-31"), cost("2027-01-01")]).toEqual([100_000_000n, 80_000_000n]);
  });

  it("uses only keys that the price file accepts", () => {
    const words = [...readFileSync(PRICE_PAGE, "utf8").matchAll(/`([a-z][a-z_0-9]*)`/g)].map(([, word = ""]) => word);

    expect(words).toContain("from");
    expect(words.filter((word) => !KNOWN_KEYS.includes(word))).toEqual([]);
  });

  it("shows one variable that changes the catalogue of proxy and console", async () => {
    const folder = scratchFolder();
    const file = join(folder, "models.toml");
    writeFileSync(file, edited);
    const env = { CCO_MODELS_FILE: file, CCO_DATA_DIR: folder };

    const proxy = readProxyEnv(env);
    expect(proxy.ok && proxy.settings.modelsFile).toBe(file);
    const consoleEnv = readConsoleEnv(env);
    await migrateDatabase(consoleEnv.databaseUrl);
    const deps = await makeControlDeps(consoleEnv);
    expect(deps.config.catalogue.priceVersion).toBe(parseModelsToml(edited).priceVersion);
    await deps.db.$disconnect();
  });
});

/** What a model or the head of the file may say, as the schema has it. */
const KNOWN_KEYS = [
  ...readFileSync("config/models-schema.ts", "utf8").matchAll(/^ {2}([a-z][a-z_0-9]*):|\b(from):/gm),
].map(([, key, inline]) => key ?? inline);

/** A snippet put where the page says: a model at the end, the version in its line. */
function applied(file: string, { text }: Snippet): string {
  return text.startsWith("price_version") ? file.replace(/^price_version = .*$/m, text.trim()) : `${file}\n${text}`;
}

function tomlSnippets(page: string): Snippet[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^( *)```toml\n([\s\S]*?)^ *```/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split("\n").length,
    text: (match[2] ?? "").replace(new RegExp(`^${match[1]}`, "gm"), ""),
  }));
}

const code = ["config", "cli", "proxy", "control", "store", "scripts", "tests", "prisma"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !/generated|docs-config\.test|^environment\.ts/.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8")),
);

/** `_FILE` is read for every secret, by the name without it. `CCO_TOKEN` is the reader's own, in an example. */
const isRead = (name: string): boolean =>
  name === "CCO_TOKEN" || code.some((text) => text.includes(name) || text.includes(name.replace(/_FILE$/, "")));

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownBelow(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}
