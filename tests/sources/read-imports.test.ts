import { describe, expect, it } from "vitest";
import { parseTexts } from "#tests/support/parse-sources.ts";
import { readImports } from "#tests/support/read-imports.ts";

describe("readImports", () => {
  it.each([
    [
      "import a, { b as c, type D } from './a.ts'; import * as n from './b.ts'; n.e; n.f()",
      ["./a.ts default,b,D", "./b.ts e,f"],
    ],
    ["import './a.ts'; export { b as c } from './b.ts'; export * from './c.ts'", ["./a.ts ", "./b.ts b", "./c.ts *"]],
    ["import(`node:fs`); import(`#store/sql.ts`)", ["node:fs *", "#store/sql.ts *"]],
    ["const { a, b: c } = await import('./a.ts')", ["./a.ts a,b"]],
    ["const a = await import('./a.ts'); a.b()", ["./a.ts b"]],
    ["import('./a.ts').then((a) => a.b); (await import('./b.ts')).c", ["./a.ts b", "./b.ts c"]],
    ["type A = import('./a.ts').B; type C = typeof import('./c.ts')", ["./a.ts B type", "./c.ts * type"]],
    ["const { a } = (await load()) as typeof import('./a.ts')", ["./a.ts a type"]],
    ["import type { A } from './a.ts'; export type { B } from './b.ts'", ["./a.ts A type", "./b.ts B type"]],
    ["require('ws'); createRequire(import.meta.url)('pg'); import fs = require('fs')", ["ws *", "pg *", "fs *"]],
    ["process.getBuiltinModule('node:net'); import(NAME); import('./' + NAME)", ["node:net *", "null *", "null *"]],
  ])("finds the imports of: %s", (text, expected) => {
    const [file] = parseTexts({ "core/planted.ts": text }).values();
    const found = file === undefined ? [] : readImports(file);

    expect(found.map(({ target, names, typeOnly }) => `${target} ${names}${typeOnly ? " type" : ""}`)).toEqual(
      expected,
    );
  });
});
