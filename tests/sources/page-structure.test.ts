import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { isClientComponent } from "#tests/support/client-component.ts";
import { parseSources } from "#tests/support/parse-sources.ts";

/**
 * How a page of the console is made (docs/howto/add-a-page.md). `page.tsx` reads on the server and hydrates the queries
 * of `queries.ts` with the answers. `client.tsx` draws them. `url.ts` knows what the address says. A page below another
 * one may use the `queries.ts` and `url.ts` of that one.
 */
const CONSOLE = "app/(console)";
const FORM = "app/_ui/form.tsx";
const TABLE = "app/_ui/table.tsx";
const HELPER = "app/_data/hydrated.tsx";

/** Pages made in another way, each with the reason. Remove one when it no longer applies; add none without a good reason. */
const exceptions: Record<string, Partial<Record<Part, string>>> = {
  ".": { url: "Overview shares its address, and so a link's days and filters, with Costs: costs/url.ts" },
  machine: { client: "only leads an old address to its new page" },
  project: { client: "only leads an old address to its new page", url: "which reads what the address says" },
  "rules/edit": { hydrated: "what the editor opens with must not change while a person types" },
};
type Part = "client" | "hydrated" | "queries" | "url";

/** Files that define a query although they belong to no page. */
const queriesElsewhere = ["_parts/proxy-health.ts"];

/** Files with a table that is no list of rows, each with the reason. */
const tablesElsewhere: Record<string, string> = {
  "app/(console)/activity/bill-table.tsx": "the parts of that sum, in the same sheet",
  "app/(console)/activity/money-table.tsx": "a sum inside a sheet of 440 px, aligned with the list below it",
  "app/_ui/diff.tsx": "lines of a text",
};

/** Forms that send nothing to the API, each with what it does instead. */
const formsElsewhere: Record<string, string> = {
  "app/(auth)/sign-in/client.tsx": "signs in, by one of two ways whose refusal is a sentence",
  "app/(console)/_parts/range-picker.tsx": "changes the address",
  "app/(console)/terminal/client.tsx": "writes to a socket",
};

const sources = sourcesBelow("app");
const parsed = parseSources(["app"]);
const isClient = (path: string): boolean => {
  const tree = parsed.get(path);
  return tree !== undefined && isClientComponent(tree);
};
const read = (path: string): string => readFileSync(path, "utf8");
const pages = sources
  .filter((path) => path.startsWith(`${CONSOLE}/`) && path.endsWith("/page.tsx"))
  .map((path) => ({ path, name: dirname(path).slice(CONSOLE.length + 1) || "." }));

describe("a page of the console", () => {
  it("is found by these tests", () => {
    expect(pages.map(({ name }) => name)).toEqual(expect.arrayContaining([".", "team", "rules/versions/[version]"]));
    expect(Object.keys(exceptions).filter((name) => !pages.some((page) => page.name === name))).toEqual([]);
  });

  it.each(pages)("has its parts and uses the recipe: $name", ({ path, name }) => {
    const missing = missingParts(path, name);

    expect(missing).toEqual(Object.keys(exceptions[name] ?? {}));
  });

  it("gets its first answers through the one helper", () => {
    const wrong = sources.filter(
      (path) => path !== HELPER && /\binitialData\b|\bHydrationBoundary\b|\bdehydrate\b/.test(read(path)),
    );

    expect(wrong).toEqual([]);
  });

  it("defines its queries in queries.ts", () => {
    const wrong = sources.filter(
      (path) =>
        /\bqueryFn:/.test(read(path)) &&
        !path.endsWith("/queries.ts") &&
        !queriesElsewhere.some((name) => path === `${CONSOLE}/${name}`),
    );

    expect(wrong).toEqual([]);
  });

  it("asks the permission of its reader, never the role: the matrix of roles stands in core/access/permissions.ts", () => {
    const asking = sources.filter((path) => /\bme\.role [!=]==/.test(read(path)));

    expect(asking).toEqual([]);
  });

  it("draws its tables with the one component", () => {
    const wrong = sources.filter((path) => path !== TABLE && /<table\b/.test(read(path)));

    expect(wrong).toEqual(Object.keys(tablesElsewhere));
  });

  it("draws its forms with the kit", () => {
    const wrong = sources.filter((path) => path !== FORM && /<form\b/.test(read(path)));

    expect(wrong.sort()).toEqual(Object.keys(formsElsewhere).sort());
  });

  it("keeps the types that its files share out of the components", () => {
    const wrong = sources.filter(
      (path) =>
        path.startsWith(`${CONSOLE}/`) && path.endsWith(".tsx") && /^export (type|interface) /m.test(read(path)),
    );

    expect(wrong).toEqual([]);
  });
});

describe("a constant of the app", () => {
  it("is in capitals when it is a number, a text or a pattern", () => {
    const value = String.raw`(-?\d[\d_.]*|"[^"\n]*"|/[^\n]*/[a-z]*)`;
    const constant = new RegExp(String.raw`^(?:export )?const ([a-z]\w*)(?: *: *[\w |]+)? *=\s*${value};$`, "gm");
    const wrong = sources.flatMap((path) =>
      path.includes(".test.") ? [] : [...read(path).matchAll(constant)].map(([, name]) => `${path}: ${name}`),
    );

    expect(wrong).toEqual([]);
  });
});

/** The parts a page lacks, of those that it needs. */
function missingParts(path: string, name: string): Part[] {
  const page = read(path);
  const folder = name === "." ? `${CONSOLE}/_overview` : dirname(path);
  const clientPath = `${folder}/client.tsx`;
  const client = existsSync(clientPath) ? read(clientPath) : "";
  const component = /^export function (\w+Client)\(/m.exec(client)?.[1];
  const hasClient =
    isClient(clientPath) && component !== undefined && new RegExp(`<${component}\\b`).test(page) && !isClient(path);
  const readsData = /from "#control\/(?!deps\.ts)/.test(page);
  const readsAddress = /\b(params|searchParams)\b/.test(page) || /\buse(AddressView|View)\b/.test(client);
  const missing: Part[] = [];
  if (!hasClient) missing.push("client");
  if (readsData && !/<Hydrated first=/.test(page)) missing.push("hydrated");
  if (readsData && !hasAbove(folder, "queries.ts")) missing.push("queries");
  if (readsAddress && !hasAbove(folder, "url.ts")) missing.push("url");
  return missing;
}

/** The folder, or one above it inside the console, has the file. */
function hasAbove(folder: string, file: string): boolean {
  if (existsSync(`${folder}/${file}`)) return true;
  return folder !== CONSOLE && hasAbove(dirname(folder), file);
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesBelow(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}
