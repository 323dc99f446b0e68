// Long because the tables of who may import what are the point. One reader of imports serves all of them.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname } from "node:path";
import { type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import { isExportAssignment, isExportDeclaration, isImportDeclaration } from "typescript/unstable/ast/is";
import { describe, expect, it } from "vitest";
import { isClientComponent, readDirective } from "#tests/support/client-component.ts";
import { parseSources, parseTexts } from "#tests/support/parse-sources.ts";
import { findOurPath, readImports, visitAll } from "#tests/support/read-imports.ts";

/** Which of our folders each folder may import (docs/architecture.md). Tests, tools, bench and e2e may import anything. */
const mayImport: Record<string, readonly string[]> = {
  core: ["core"],
  config: ["core", "config"],
  store: ["core", "store"],
  control: ["core", "config", "store", "control"],
  proxy: ["core", "config", "store", "proxy"],
  app: ["core", "config", "control", "app"],
  cli: ["core", "config", "store", "control", "cli"],
  mock: ["core", "config", "mock"],
  "instrumentation.ts": ["app"],
};

/** Packages (by prefix) that each folder may import; everything else is refused. `node:` stands for every built-in. */
const packages: Record<string, readonly string[]> = {
  core: ["diff"],
  config: ["node:", "smol-toml", "zod", "nodemailer/lib/addressparser"],
  store: ["node:", "@prisma/client", "@prisma/adapter-libsql", "@prisma/adapter-pg", "@libsql/client", "libsql", "pg"],
  control: [
    "node:",
    "zod",
    "@node-rs/argon2",
    "tar-stream",
    "nodemailer",
    "@aws-sdk/client-s3",
    "hyparquet",
    "hyparquet-writer",
  ],
  proxy: ["node:", "http-proxy", "ws", "pino", "prom-client", "lru-cache", "ioredis", "@opentelemetry/"],
  app: [
    "node:",
    "next",
    "next-auth",
    "react",
    "react-dom",
    "@tanstack/react-query",
    "radix-ui",
    "chart.js",
    "sonner",
    "zod",
    "server-only",
    "@codemirror/",
    "smol-toml",
  ],
  cli: ["node:", "zod", "ioredis"],
  mock: ["node:"],
};

/** One door per package: replace it by editing one place. */
const doors: readonly { package: string; only: RegExp }[] = [
  { package: "http-proxy", only: /^proxy\/upstream\/carrier(-[\w-]+)?\.ts$/ },
  { package: "ws", only: /^proxy\/routes\/terminal(-[\w-]+)?\.ts$/ },
  { package: "ioredis", only: /^(proxy\/shared-memory\/shared-memory|cli\/doctor\/redis)\.ts$/ },
  { package: "pino", only: /^proxy\/process\/log\.ts$/ },
  { package: "prom-client", only: /^proxy\/metrics\/metrics(-[\w-]+)?\.ts$/ },
  { package: "@opentelemetry/", only: /^proxy\/telemetry\// },
  { package: "@prisma/", only: /^store\// },
  { package: "@libsql/client", only: /^store\// },
  { package: "libsql", only: /^store\/sqlite-connection\.ts$/ },
  { package: "pg", only: /^store\// },
  { package: "@node-rs/argon2", only: /^control\/session\/password\.ts$/ },
  { package: "nodemailer", only: /^(control\/alerts\/send-mail|config\/read-alerts)\.ts$/ },
  { package: "tar-stream", only: /^control\/backup\/archive\.ts$/ },
  { package: "@aws-sdk/client-s3", only: /^control\/backup\/s3-bucket\.ts$/ },
  { package: "hyparquet", only: /^control\/retention\/parquet\.ts$/ },
  { package: "hyparquet-writer", only: /^control\/retention\/parquet\.ts$/ },
  { package: "next-auth", only: /^app\/(_server\/|api\/auth\/|_data\/sign-(in|out)\.ts)/ },
  { package: "radix-ui", only: /^app\/_ui\// },
  { package: "chart.js", only: /^app\/_charts\// },
  { package: "sonner", only: /^app\/_ui\/toaster\.tsx$/ },
  { package: "@codemirror/", only: /^app\/\(console\)\/rules\/edit\// },
  { package: "smol-toml", only: /^config\// },
  { package: "diff", only: /^core\/rules\/line-diff\.ts$/ },
];

/** What the README of a room says about its door: only these files, or all files but these. */
interface Door {
  kind: "only" | "all-but";
  names: readonly string[];
}

/** Rooms: folders whose README says which of their files others may import. */
const roomDoors = new Map(
  [...["proxy", "core"].flatMap((folder) => foldersBelow(folder)), "store", "control", "cli", "tools", "app"].flatMap(
    (folder): [string, Door][] => {
      const readme = `${folder}/README.md`;
      return existsSync(readme) ? [[folder, readDoor(readme, readFileSync(readme, "utf8"))]] : [];
    },
  ),
);

/** Files that load a module by a computed name. */
const computed: readonly { file: string; why: string }[] = [
  { file: "proxy/telemetry/load.ts", why: "a bundle beside the proxy's, which is loaded only where telemetry is on" },
];

const parsed = parseSources(Object.keys(mayImport));
const files = [...parsed.keys()];
const clients = new Set([...parsed].filter(([, tree]) => isClientComponent(tree)).map(([file]) => file));
const imports = new Map([...parsed].map(([file, tree]) => [file, listTargets(tree)]));

describe("the layers", () => {
  it("find the sources they watch", () => {
    expect(files.length).toBeGreaterThan(100);
  });

  it("import only the folders below them", () => {
    const wrong = eachImport(({ file, folder, target }) => {
      const ours = ourFolder(file, target);
      return ours !== null && !(mayImport[folder] ?? []).includes(ours);
    });

    expect(wrong).toEqual([]);
  });

  it("import only the packages of their folder", () => {
    const wrong = eachImport(({ file, folder, target }) => {
      if (ourFolder(file, target) !== null || target.endsWith(".css")) return false;
      return !(packages[folder] ?? []).some((allowed) => matches(target, allowed));
    });

    expect(wrong).toEqual([]);
  });

  it("reach each package through its one door", () => {
    const wrong = eachImport(({ file, target, typeOnly }) => {
      if (typeOnly) return false;
      const door = doors.find((entry) => matches(target, entry.package));
      return door !== undefined && !door.only.test(file);
    });

    expect(wrong).toEqual([]);
  });

  it("have their tests in folders of the same names: no test lies in tests/ itself, and a folder of tests/proxy is a room", () => {
    const loose = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
    const places = readdirSync("tests", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const known = [
      ...Object.keys(mayImport),
      "sources",
      "console",
      "deploy",
      "chaos",
      "children",
      "support",
      "fixtures",
    ];

    expect(loose).toEqual([]);
    expect(places.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
    expect(readdirSync("tests/proxy").filter((name) => !existsSync(`proxy/${name}/README.md`))).toEqual([]);
  });

  it("enter a room only by the files its README names", () => {
    const wrong = eachImport(({ file, target }) => {
      const path = findOurPath(file, target);
      const room = path === null ? null : findRoom(path);
      if (path === null || room === null || room === findRoom(file)) return false;
      const door = roomDoors.get(room);
      return door === undefined || !isInDoor(door, path.slice(room.length + 1));
    });

    expect(wrong).toEqual([]);
  });

  it("name in a room's README one rule, as a sentence that is true as it stands", () => {
    const wrong = [...roomDoors.keys()].filter((room) => {
      const lines = readFileSync(`${room}/README.md`, "utf8").split("\n");
      return (
        lines.filter((line) => /^Rule: [A-Z`]/.test(line)).length !== 1 ||
        lines.some((line) => line.startsWith("Never:"))
      );
    });

    expect(wrong).toEqual([]);
  });

  it("name in a room's README only files that outsiders import", () => {
    const used = new Set(
      files.flatMap((file) =>
        (imports.get(file) ?? []).flatMap(({ target }) => {
          const path = findOurPath(file, target);
          return path !== null && findRoom(path) !== findRoom(file) ? [path] : [];
        }),
      ),
    );
    const list = (kind: Door["kind"]): string[] =>
      [...roomDoors].flatMap(([room, door]) => (door.kind === kind ? door.names.map((name) => `${room}/${name}`) : []));

    expect(list("only").filter((path) => !used.has(path))).toEqual([]);
    expect(list("all-but").filter((path) => !files.includes(path))).toEqual([]);
  });

  it("keep every file of the proxy in a room", () => {
    expect(files.filter((file) => file.startsWith("proxy/") && findRoom(file) === null)).toEqual([]);
  });

  it("import each other without cycles, types included", () => {
    const targets = new Map(
      files.map((file) => [file, (imports.get(file) ?? []).flatMap(({ target }) => findOurPath(file, target) ?? [])]),
    );
    const finished = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      const at = path.indexOf(file);
      if (at >= 0) circles.push([...path.slice(at), file].join(" → "));
      if (at >= 0 || finished.has(file)) return;
      for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
      finished.add(file);
    };
    for (const file of files) visit(file, []);

    expect(circles).toEqual([]);
  });

  it("keep the app's way to the database inside control", () => {
    const wrong = eachImport(
      ({ file, target }) => file.startsWith("app/") && /^#(store|control)\//.test(target) && clients.has(file),
    );

    expect(wrong).toEqual([]);
  });

  it("ask the database in the app by a verb of control or store alone, never through the client itself", () => {
    const asking = files.filter(
      (file) => file.startsWith("app/") && /\bdb\s*(\??\.|\[)/.test(readFileSync(file, "utf8")),
    );

    expect(asking).toEqual([]);
  });

  it("let no client component reach the database or control through other files, or compile code", () => {
    const loaded = new Set<string>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      for (const { target, typeOnly } of imports.get(file) ?? []) {
        const path = typeOnly ? null : findOurPath(file, target);
        if (path !== null) load(path);
      }
    };
    for (const file of clients) load(file);

    expect(loaded.size).toBeGreaterThan(clients.size);
    expect([...loaded].filter((file) => /^(store|control)\//.test(file))).toEqual([]);
    // The policy of the pages refuses it, and the page with it.
    expect([...loaded].filter((file) => /\bnew Function\(|\beval\(/.test(readFileSync(file, "utf8")))).toEqual([]);
  });

  it("keep built-ins out of client components", () => {
    const wrong = eachImport(({ file, target }) => clients.has(file) && matches(target, "node:"));

    expect(wrong).toEqual([]);
  });

  it("contain no barrel, no `utils` and no middleware file", () => {
    const wrong = files.filter(
      (file) =>
        /\/index\.tsx?$|(^|\/)(utils?|helpers?|misc|common)(\/|\.tsx?$)/.test(file) ||
        /^(proxy|middleware)\.ts$/.test(file),
    );
    const barrels = [...parsed].filter(([, tree]) => isBarrel(tree)).map(([file]) => file);

    expect([...wrong, ...barrels]).toEqual([]);
  });

  it("load a module by a computed name in no file but the listed ones", () => {
    const found = [...parsed].filter(([, tree]) => readImports(tree).some(({ target }) => target === null));

    expect(found.map(([file]) => file)).toEqual(computed.map(({ file }) => file));
  });

  it("have sources of the endings that these tests read, and no other", () => {
    const args = ["ls-files", "-z", "-co", "--exclude-standard"];
    const all = execFileSync("git", args, { encoding: "utf8" }).split("\0");

    expect(all.length).toBeGreaterThan(1_000);
    expect(all.filter(isUnreadSource)).toEqual([]);
  });

  it("contain no `any` and no disabled type check", () => {
    expect([...parsed].filter(([, tree]) => isUnchecked(tree)).map(([file]) => file)).toEqual([]);
  });
});

describe("what reads the layers", () => {
  it.each([
    ["export { a } from './a.ts';", true],
    ["export type { A } from './a.ts';\nexport * from './b.ts';", true],
    ["import { a } from './a.ts';\nexport { a };", true],
    ["import { a } from './a.ts';\nexport default a;", true],
    ["import './a.ts';", false],
    ["export { a } from './a.ts';\nexport const b = 1;", false],
    ['"use client";\nexport { a } from "./a.ts";', true],
  ])("knows whether it is a barrel: %s", (text, expected) => {
    const [file] = parseTexts({ "core/planted.ts": text }).values();

    expect(file !== undefined && isBarrel(file)).toBe(expected);
  });

  it.each([
    ['"use client";\nexport const a = 1;', true],
    ["// A comment.\n/* and another */\n'use client'\nimport './a.ts';", true],
    ['"use strict";\n"use client";\n', true],
    ['export const a = 1;\n"use client";', false],
    ['// "use client";\nexport const a = 1;', false],
    ['const a = "use client";', false],
  ])("knows whether it is a client component: %s", (text, expected) => {
    const [file] = parseTexts({ "app/planted.tsx": text }).values();

    expect(file !== undefined && isClientComponent(file)).toBe(expected);
  });

  it.each([
    ["const a: any = 1;", true],
    ["const a = 1 as any;", true],
    ["const a: Record<string, any> = {};", true],
    ["function f(...a: any[]): void {}", true],
    ["type A = { [key: string]: any };", true],
    ["// @ts-nocheck\nconst a = 1;", true],
    ["// @ts-ignore\nconst a = 1;", true],
    ["/* @ts-ignore: why */\nconst a = 1;", true],
    ["// @ts-expect-error\nconst a = 1;", true],
    ["// Takes any value, without `any`.\nconst any = 'a: any'; any.any;", false],
    ["const a: unknown = '@ts-ignore';", false],
  ])("knows what is not checked: %s", (text, expected) => {
    const [file] = parseTexts({ "core/planted.ts": text }).values();

    expect(file !== undefined && isUnchecked(file)).toBe(expected);
  });

  it("refuses the endings of sources that no test reads", () => {
    const planted = ["core/a.mts", "app/a.cts", "cli/a.js", "app/a.jsx", "store/a.cjs", "core/a.mjs", "tests/a.js"];
    const known = ["core/a.ts", "app/a.tsx", "app/a.css", "scripts/build.mjs", "core/json-index/json-engine.wat"];

    expect(planted.filter((file) => !isUnreadSource(file))).toEqual([]);
    expect(known.filter(isUnreadSource)).toEqual([]);
  });
});

describe("the README of a room", () => {
  it.each<[string, Door]>([
    ["`a.ts`, `b/c.ts`", { kind: "only", names: ["a.ts", "b/c.ts"] }],
    ["nothing", { kind: "only", names: [] }],
    ["all files", { kind: "all-but", names: [] }],
    ["all files but `a.ts`", { kind: "all-but", names: ["a.ts"] }],
  ])("names its door as: %s", (words, door) => {
    expect(readDoor("README.md", `# A\n\nOutsiders may import: ${words}.\n`)).toEqual(door);
  });

  it.each(["", "Outsiders may import: anything.", "Outsiders may import: all but `a.ts`."])(
    "is refused as: %s",
    (text) => {
      expect(() => readDoor("README.md", text)).toThrow("README.md does not say what outsiders may import");
    },
  );

  it("lets in the files that it names, or all others", () => {
    expect(["a.ts", "b.ts"].map((name) => isInDoor({ kind: "only", names: ["a.ts"] }, name))).toEqual([true, false]);
    expect(["a.ts", "b.ts"].map((name) => isInDoor({ kind: "all-but", names: ["a.ts"] }, name))).toEqual([false, true]);
  });
});

interface Import {
  file: string;
  folder: string;
  target: string;
  typeOnly: boolean;
}

function eachImport(isWrong: (entry: Import) => boolean): string[] {
  return files.flatMap((file) => {
    const folder = file.split("/")[0] ?? "";
    return (imports.get(file) ?? [])
      .filter((entry) => isWrong({ file, folder, ...entry }))
      .map((entry) => `${file} → ${entry.target}`);
  });
}

/** Lists the modules that a file names, whichever way it imports them. A computed name is judged by a rule apart. */
function listTargets(tree: SourceFile): { target: string; typeOnly: boolean }[] {
  return readImports(tree).flatMap(({ target, typeOnly }) => (target === null ? [] : [{ target, typeOnly }]));
}

/** Whether a file is code that no test of the sources reads. In a layer that is also `.mjs`, which has no types. */
const isUnreadSource = (file: string): boolean =>
  /\.([cm]?jsx?|[cm]tsx?|wasm|node)$/.test(file) && (!file.endsWith(".mjs") || (file.split("/")[0] ?? "") in mayImport);

/** Whether a file has nothing but imports and exports of what other files declare. A directive is neither. */
function isBarrel({ statements }: SourceFile): boolean {
  const said = statements.filter((one) => readDirective(one) === null);
  return (
    said.some((one) => isExportDeclaration(one) || isExportAssignment(one)) &&
    said.every((one) => isImportDeclaration(one) || isExportDeclaration(one) || isExportAssignment(one))
  );
}

/** Whether a file has the type `any`, or a comment that switches the type checker off. */
function isUnchecked(file: SourceFile): boolean {
  if (/(\/\/|\/\*|^\s*\*)[ \t/*]*@ts-(ignore|nocheck|expect-error)/m.test(file.text)) return true;
  let hasAny = false;
  visitAll(file, ({ kind }) => {
    hasAny ||= kind === SyntaxKind.AnyKeyword;
  });
  return hasAny;
}

const ourFolder = (file: string, target: string): string | null => findOurPath(file, target)?.split("/")[0] ?? null;

function readDoor(readme: string, text: string): Door {
  const words = /^Outsiders may import: (.*)\.$/m.exec(text)?.[1] ?? "";
  const names = [...words.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  if (words === "all files" || (words.startsWith("all files but `") && names.length > 0))
    return { kind: "all-but", names };
  if (words !== "nothing" && !words.startsWith("`"))
    throw new Error(`${readme} does not say what outsiders may import`);
  return { kind: "only", names };
}

const isInDoor = ({ kind, names }: Door, name: string): boolean => names.includes(name) === (kind === "only");

/** The innermost room that holds a file; null outside of every room. */
function findRoom(path: string): string | null {
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) if (roomDoors.has(folder)) return folder;
  return null;
}

function foldersBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [`${folder}/${entry.name}`, ...foldersBelow(`${folder}/${entry.name}`)]);
}

function matches(target: string, allowed: string): boolean {
  if (allowed === "node:") return target.startsWith("node:") || builtinModules.includes(target);
  return target === allowed || target.startsWith(allowed.endsWith("/") ? allowed : `${allowed}/`);
}
