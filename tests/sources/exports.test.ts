import type { Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import {
  isBindingElement,
  isClassDeclaration,
  isEnumDeclaration,
  isExportAssignment,
  isExportDeclaration,
  isFunctionDeclaration,
  isIdentifier,
  isInterfaceDeclaration,
  isNamedExports,
  isTypeAliasDeclaration,
  isVariableStatement,
} from "typescript/unstable/ast/is";
import { describe, expect, it } from "vitest";
import { parseSourcesAndTests, parseTexts } from "#tests/support/parse-sources.ts";
import { findOurPath, readImports, visitAll } from "#tests/support/read-imports.ts";

/** Folders whose files export for each other; the others are read for their imports only. */
const FOLDERS = ["core", "config", "store", "control", "proxy", "app", "cli", "mock"];
const READERS = [...FOLDERS, "tests", "e2e", "bench", "tools", "scripts", "bin", "instrumentation.ts"];
/** What Next.js itself looks for in files of these names. */
const CALLED_BY_NEXT = /^app\/(.*\/)?(page|layout|route|error|global-error|not-found|loading|icon|manifest)\.tsx?$/;

describe("an export", () => {
  it("is imported by another file", () => {
    const files = parseSourcesAndTests(READERS);

    expect(files.size).toBeGreaterThan(1_500);
    expect(findUnused(files)).toEqual([]);
  });

  it("counts as imported by an import of its file only, not by its word", () => {
    const files = parseTexts({
      "core/a.ts": [
        "export const used = 1, unused = 2;",
        "export interface Named {}",
        "export type InComment = 1;",
        "export function asText() {}",
        "export class ByNamespace {}",
        "export const { taken, left: renamed } = { taken: 1, left: 2 };",
        "const listed = 1;",
        "export { listed as given };",
        "export default listed;",
      ].join("\n"),
      "core/b.ts": [
        "import { used, type Named as Other } from './a.ts';",
        "import * as all from '#core/a.ts';",
        "// InComment, unused",
        "new all.ByNamespace(); const asText = 'asText'; other.given; const renamed = 1;",
      ].join("\n"),
      "core/c.ts": "import { unused } from './other.ts'; export const own = 1; own;",
      "app/d/page.tsx": "export const metadata = {};",
      "tests/e.ts": "export const forTests = 1; const { taken } = await import('../core/a.ts');",
    });

    expect(findUnused(files)).toEqual([
      "core/a.ts: unused",
      "core/a.ts: InComment",
      "core/a.ts: asText",
      "core/a.ts: renamed",
      "core/a.ts: given",
      "core/a.ts: default",
      "core/c.ts: own",
    ]);
  });
});

/** Lists the exports of the product that no other file imports, each as "path: name". */
function findUnused(files: ReadonlyMap<string, SourceFile>): string[] {
  const used = new Set<string>();
  for (const [file, tree] of files) {
    for (const { target, names } of readImports(tree)) {
      const path = target === null ? null : findOurPath(file, target);
      if (path !== null && path !== file) for (const name of names) used.add(`${path}: ${name}`);
    }
  }
  return [...files].flatMap(([file, tree]) => {
    const isWatched = FOLDERS.includes(file.split("/")[0] ?? "") && !/\.test\.tsx?$/.test(file);
    if (!isWatched || CALLED_BY_NEXT.test(file) || used.has(`${file}: *`)) return [];
    return listExports(tree)
      .map((name) => `${file}: ${name}`)
      .filter((key) => !used.has(key));
  });
}

function listExports(tree: SourceFile): string[] {
  return tree.statements.flatMap((statement): string[] => {
    if (isExportAssignment(statement)) return ["default"];
    if (isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      return clause !== undefined && isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : [];
    }
    const modifiers =
      ("modifiers" in statement ? (statement.modifiers as readonly Node[] | undefined) : undefined) ?? [];
    if (!modifiers.some(({ kind }) => kind === SyntaxKind.ExportKeyword)) return [];
    if (modifiers.some(({ kind }) => kind === SyntaxKind.DefaultKeyword)) return ["default"];
    if (isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({ name }) => listBound(name));
    const isNamed =
      isFunctionDeclaration(statement) ||
      isClassDeclaration(statement) ||
      isInterfaceDeclaration(statement) ||
      isTypeAliasDeclaration(statement) ||
      isEnumDeclaration(statement);
    return isNamed && statement.name !== undefined ? [statement.name.text] : [];
  });
}

/** Lists the names that a variable or a pattern declares. */
function listBound(name: Node): string[] {
  if (isIdentifier(name)) return [name.text];
  const names: string[] = [];
  visitAll(name, (node) => {
    if (isBindingElement(node) && node.name !== undefined && isIdentifier(node.name)) names.push(node.name.text);
  });
  return names;
}
