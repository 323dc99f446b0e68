import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { makeFolder } from "#store/make-folder.ts";

/**
 * Keeps a file that holds a key out of a git repository, by the list that stays on this machine. `kept` says which list took it;
 * `tracked`: git already has the file, which no list changes; `none`: it is ignored, or in no repository, or there is no git.
 * Short because it is the one place that runs git.
 */
export function keepOutOfGit(file: string): { kind: "kept"; list: string } | { kind: "tracked" } | { kind: "none" } {
  const folder = realpathSync(dirname(file));
  const git = (...args: string[]) => spawnSync("git", ["-C", folder, ...args], { encoding: "utf8" });
  const top = git("rev-parse", "--show-toplevel");
  if (top.status !== 0) return { kind: "none" };
  const name = basename(file);
  if (git("ls-files", "--error-unmatch", "--", name).status === 0) return { kind: "tracked" };
  // What `--undo` needs lies beside it, and holds the key as well.
  const isIgnored = (one: string) => git("check-ignore", "--quiet", "--", one).status === 0;
  if (isIgnored(name) && isIgnored(`${name}.before-cco`)) return { kind: "none" };
  const list = resolve(folder, git("rev-parse", "--git-path", "info/exclude").stdout.trim());
  const within = relative(top.stdout.trim(), join(folder, name)).split("\\").join("/");
  makeFolder(dirname(list));
  const before = existsSync(list) ? readFileSync(list, "utf8") : "";
  appendFileSync(list, `${before === "" || before.endsWith("\n") ? "" : "\n"}/${within}\n/${within}.before-cco\n`);
  return { kind: "kept", list };
}
