// Stamp of what a build was made of, written with the build and compared when CCO starts. An update that takes the new
// sources and builds nothing would run the old program on the new migrations. It would also call itself by the new
// version. This is plain JavaScript without packages, and beside the command, not in what is built. An old build could
// not know.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const STAMP = "built-from.json";
/** Sources of each build. What the operator edits is none: the rules file, the list of models. */
export const BUNDLES = ["core", "config", "store", "control", "proxy", "cli", "mock", "scripts/build.mjs"];
export const CONSOLE = ["app", "core", "config", "store", "control", "public", "next.config.mjs", "instrumentation.ts"];
const IS_SOURCE = /\.(ts|tsx|mjs|css|svg|png|ico|woff2)$/;
const IS_NO_SOURCE = /\.test\.|^generated$/;

/** Of a console's build these are written again while it serves, or are for its makers: Next does without them. */
const NOT_SERVED = /^(cache|diagnostics|types|trace|trace-build|turbopack|node_modules)$/;

/** Notes beside a build (`folder`, relative to the root) what it was made of, and each file that it made. */
export function writeBuiltFrom(root, folder, sources, files = listServed(root, folder)) {
  const noted = { ...describe(root, sources), files: [...files].sort() };
  writeFileSync(join(root, folder, STAMP), `${JSON.stringify(noted, null, 2)}\n`);
}

/** Lists the files of `sources` (folders or files, relative to the root) that a build is made of. */
export const listSources = (root, sources) => sources.flatMap((path) => filesBelow(root, path, IS_SOURCE));

/** Lists the files that a build made, by what was noted beside it; none where nothing was. */
export function listBuilt(root, folder) {
  const { files = [] } = readStamp(join(root, folder, STAMP)) ?? {};
  return files.map((name) => join(folder, name));
}

/** Finds a file of a build that is gone. A copy broke off, or the folder was cleaned. */
export const findMissingFile = (root, folder) =>
  listBuilt(root, folder).find((path) => !existsSync(join(root, path))) ?? null;

function listServed(root, folder) {
  return readdirSync(join(root, folder))
    .filter((name) => !NOT_SERVED.test(name) && name !== STAMP)
    .flatMap((name) => filesBelow(join(root, folder), name, /./));
}

/**
 * Whether a build was made of what lies here. Version and migrations are always compared. With `sources` these files
 * are compared too, where there are any (an image has none).
 */
export function isBuiltFromHere(root, folder, sources = null) {
  const stamp = readStamp(join(root, folder, STAMP));
  if (stamp === null) return false;
  const here = describe(root, sources);
  return ["version", "migrations", "sources"].every((part) => here[part] === null || here[part] === stamp[part]);
}

function readStamp(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

function describe(root, sources) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const hasSources = sources !== null && existsSync(join(root, "cli", "main.ts"));
  return {
    version,
    migrations: hashFile(root, filesBelow(root, join("prisma", "migrations"), /./)),
    sources: hasSources ? hashFile(root, ["package-lock.json", ...listSources(root, sources)]) : null,
  };
}

function hashFile(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest("hex");
}

/** In an order that is the same on every file system. */
function filesBelow(root, path, wanted) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .filter((entry) => !IS_NO_SOURCE.test(entry.name) && (entry.isDirectory() || wanted.test(entry.name)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(root, join(path, entry.name), wanted) : [join(path, entry.name)],
    );
}
