import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Folders whose files export for each other; the others are read for uses only. */
const FOLDERS = ["core", "config", "store", "control", "proxy", "app", "cli", "mock"];
const READERS = [...FOLDERS, "tests", "e2e", "bench", "tools", "scripts"];
const FILES = ["instrumentation.ts"];
/** What Next.js itself looks for in files of these names. */
const CALLED_BY_NEXT = /^app\/(.*\/)?(page|layout|route|error|global-error|not-found|loading|icon|manifest)\.tsx?$/;

describe("an export", () => {
  const texts = new Map([...READERS.flatMap(sourcesBelow), ...FILES].map((file) => [file, readFileSync(file, "utf8")]));
  const filesOfWord = new Map<string, Set<string>>();
  for (const [file, text] of texts) {
    for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
      const files = filesOfWord.get(word) ?? new Set();
      filesOfWord.set(word, files.add(file));
    }
  }

  it("is imported by another file", () => {
    const unused = [...texts].flatMap(([file, text]) => {
      const isWatched = FOLDERS.includes(file.split("/")[0] ?? "") && !/\.test\.tsx?$/.test(file);
      if (!isWatched || CALLED_BY_NEXT.test(file)) return [];
      const names = [
        ...text.matchAll(/^export (?:async )?(?:const|function|class|interface|type|let) ([A-Za-z_$][\w$]*)/gm),
      ].map((match) => match[1] ?? "");
      return names.filter((name) => filesOfWord.get(name)?.size === 1).map((name) => `${file}: ${name}`);
    });

    expect(texts.size).toBeGreaterThan(500);
    expect(unused).toEqual([]);
  });
});

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "generated" || entry.name.startsWith(".") ? [] : sourcesBelow(path);
    return /\.(tsx?|mjs)$/.test(entry.name) ? [path] : [];
  });
}
