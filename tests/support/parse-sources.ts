import { join, relative } from "node:path";
import type { SourceFile } from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";

const root = join(import.meta.dirname, "../..");
/** Configuration that exists in memory only: syntax without types and imports takes two seconds, the program ten. */
const configFile = join(root, "tsconfig.parse-only.json");

/** Parses the sources of these folders with the TypeScript compiler, tests left out. Keys are paths from the root. */
export const parseSources = (folders: readonly string[]): Map<string, SourceFile> =>
  parse({ include: folders, exclude: [...NOT_OURS, "**/*.test.ts", "**/*.test.tsx"] });

/** Parses the sources of these folders, tests included. */
export const parseSourcesAndTests = (folders: readonly string[]): Map<string, SourceFile> =>
  parse({ include: folders, exclude: NOT_OURS });

/** Parses these files. Keys are their paths from the root. */
export const parseFiles = (files: readonly string[]): Map<string, SourceFile> => parse({ files });

/** Parses texts that are in no file, for a test of what reads the sources. Keys are the paths that they are given by. */
export const parseTexts = (texts: Readonly<Record<string, string>>): Map<string, SourceFile> =>
  parse({ files: Object.keys(texts) }, new Map(Object.entries(texts).map(([path, text]) => [join(root, path), text])));

const NOT_OURS = ["node_modules", "store/generated", "tests/fixtures/releases"];

function parse(
  which: { include?: readonly string[]; exclude?: readonly string[]; files?: readonly string[] },
  texts: ReadonlyMap<string, string> = new Map(),
): Map<string, SourceFile> {
  const config = JSON.stringify({
    compilerOptions: { noResolve: true, noLib: true, types: [], jsx: "preserve", allowJs: true, noEmit: true },
    ...which,
  });
  const virtual = new Map([...texts, [configFile, config]]);
  const api = new API({
    cwd: root,
    fs: {
      readFile: (path) => virtual.get(path),
      fileExists: (path) => (virtual.has(path) ? true : undefined),
    },
  });
  try {
    const [project] = api.updateSnapshot({ openProjects: [configFile] }).getProjects();
    if (project === undefined) throw new Error("the compiler opened no project");
    const files = new Map<string, SourceFile>();
    for (const path of project.rootFiles) {
      const file = project.program.getSourceFile(path);
      if (file !== undefined) files.set(relative(root, path), file);
    }
    return files;
  } finally {
    api.close();
  }
}
