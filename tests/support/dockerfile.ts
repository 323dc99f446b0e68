import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Instruction {
  word: string;
  /** Everything after the word and its flags, continuation lines joined. */
  rest: string;
  /** `--from=build` as `{ from: "build" }`. */
  flags: Readonly<Record<string, string>>;
}

export interface Stage {
  image: string;
  name: string;
  instructions: readonly Instruction[];
}

const KNOWN = ["RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"];

/** Stages of a Dockerfile; throws at an instruction that the tests do not carry out. */
export function readDockerfile(file: string): Stage[] {
  const text = readFileSync(file, "utf8")
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n/g, " ");
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  const variables = new Map<string, string>();
  for (const line of text
    .split("\n")
    .map((each) => each.trim())
    .filter((each) => each !== "")) {
    const [word = "", ...words] = line.split(/\s+/);
    if (word === "ARG") {
      const [name = "", value = ""] = (words[0] ?? "").split("=");
      variables.set(name, value);
    } else if (word === "FROM") {
      const image = (words[0] ?? "").replace(/\$\{(\w+)\}/g, (_all, name) => variables.get(name) ?? "");
      stages.push({ image, name: words[1] === "AS" ? (words[2] ?? "") : "", instructions: [] });
    } else {
      if (!KNOWN.includes(word)) throw new Error(`the tests do not carry out ${word}`);
      const flags: Record<string, string> = {};
      while (words[0]?.startsWith("--")) {
        const [name = "", value = ""] = (words.shift() ?? "").slice(2).split("=");
        flags[name] = value;
      }
      stages.at(-1)?.instructions.push({ word, rest: words.join(" "), flags });
    }
  }
  return stages;
}

/** The words of an instruction in exec form, such as `["run"]`. */
export function execForm({ rest }: Pick<Instruction, "rest">): string[] {
  const words: unknown = JSON.parse(rest);
  if (!Array.isArray(words)) throw new Error(`${rest} is not in exec form`);
  return words.map(String);
}

/** `NAME=value …` of all ENV instructions. */
export function readEnvironment(stage: Stage): Record<string, string> {
  const pairs = stage.instructions.filter(({ word }) => word === "ENV").flatMap(({ rest }) => rest.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split("=", 2) as [string, string]));
}

/**
 * Files that are sent to a build, from the root of the context. Rules as Docker reads them: the last pattern that matches
 * a path or one of its folders decides.
 */
export function filesOfContext(root: string, ignoreFile: string): string[] {
  const patterns = readFileSync(ignoreFile, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => ({ isKept: line.startsWith("!"), matcher: toMatcher(line.replace(/^!/, "")) }));
  const isSent = (path: string) => patterns.findLast(({ matcher }) => matcher.test(path))?.isKept ?? true;
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      // Large folders that no pattern brings back.
      if (entry.isDirectory()) return /^(node_modules|\.next.*|\.git|data)$/.test(path) ? [] : below(path);
      return isSent(path) ? [path] : [];
    });
  return below("");
}

/** A path matches with its folders: `config/*.backup.*`, `**` for any folders. */
function toMatcher(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\//g, "\0")
    .replace(/\*/g, "[^/]*")
    .replaceAll("\0", "(?:.*/)?");
  return new RegExp(`^${text}(?:/.*)?$`);
}
