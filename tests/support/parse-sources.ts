import { join, relative } from "node:path";
import type { SourceFile } from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";

const root = join(import.meta.dirname, "../..");
/** Configuration that exists in memory only: syntax without types and imports takes two seconds, the program ten. */
const configFile = join(root, "tsconfig.parse-only.json");

/** Parses the sources of these folders with the TypeScript compiler, tests left out. Keys are paths from the root. */
export function parseSources(folders: readonly string[]): Map<string, SourceFile> {
  const config = JSON.stringify({
    compilerOptions: { noResolve: true, noLib: true, types: [], jsx: "preserve", noEmit: true },
    include: folders,
    exclude: ["node_modules", "store/generated", "**/*.test.ts", "**/*.test.tsx"],
  });
  const api = new API({
    cwd: root,
    fs: {
      readFile: (path) => (path === configFile ? config : undefined),
      fileExists: (path) => (path === configFile ? true : undefined),
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
