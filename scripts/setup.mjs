// Everything a fresh clone needs, with plain Node and no packages: dependencies, database clients, bundles, console build.
// Usage: node scripts/setup.mjs start|test|dev|packages (only the first of them: a layer of the image). Each step is skipped when the hash of its inputs equals the stamp it left.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { BUNDLES, CONSOLE, listBuilt, listSources, writeBuiltFrom } from "../bin/built-from.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const purpose = process.argv[2] ?? "start";
const stampDir = join(root, "node_modules", ".cco");
const platform = `${process.platform}-${process.arch}-${process.versions.modules}`;
/**
 * Settings that give Prisma's CLI an engine to find: any existing file will do. The CLI insists on one, but generating
 * and type checks never talk to it.
 */
const prismaEnv = {
  CHECKPOINT_DISABLE: "1",
  PRISMA_HIDE_UPDATE_MESSAGE: "1",
  PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY || process.execPath,
};

checkNode();
await step(
  "dependencies",
  ["package-lock.json", "package.json", ".npmrc"],
  async () => {
    rmSync(stampDir, { recursive: true, force: true });
    const args = ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    await run(process.platform === "win32" ? "npm.cmd" : "npm", args, {}, process.platform === "win32");
  },
  [join("node_modules", "next", "package.json")],
);
if (purpose === "packages") process.exit(0);
await step(
  "database clients",
  ["prisma/schema", "prisma/prisma.config.ts", "package-lock.json"],
  async () => {
    writePostgresqlSchema();
    for (const provider of ["sqlite", "postgresql"]) {
      const args = [
        join("node_modules", "prisma", "build", "index.js"),
        "generate",
        "--config",
        "prisma/prisma.config.ts",
      ];
      await run(process.execPath, args, { ...prismaEnv, CCO_DB_PROVIDER: provider });
    }
  },
  [join("store", "generated", "sqlite", "client.ts"), join("store", "generated", "postgresql", "client.ts")],
);
/** What a build is made of beside its sources. */
const manifests = ["prisma/migrations", "package.json", "package-lock.json"];
await step(
  "bundles",
  [...listSources(root, BUNDLES), ...manifests],
  () => run(process.execPath, ["scripts/build.mjs"]),
  [
    join("dist", "cli.mjs"),
    join("dist", "built-from.json"),
    join("dist", "statusline.mjs"),
    ...listBuilt(root, "dist"),
  ],
);
if (purpose !== "dev") {
  const inputs = [...listSources(root, CONSOLE), ...manifests, "tsconfig.json"];
  const next = join("node_modules", "next", "dist", "bin", "next");
  await step(
    "console",
    inputs,
    async () => {
      await run(process.execPath, [next, "build"], { NEXT_TELEMETRY_DISABLED: "1" });
      writeBuiltFrom(root, ".next", CONSOLE);
    },
    [join(".next", "BUILD_ID"), join(".next", "built-from.json"), ...listBuilt(root, ".next")],
  );
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`CCO needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer Node and try again.`);
}

async function step(name, inputs, action, outputs) {
  const stamp = join(stampDir, name.replaceAll(" ", "-"));
  const wanted = hashFiles(inputs);
  const done = existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && outputs.every((path) => existsSync(path));
  if (done) return;
  const startedAt = Date.now();
  process.stderr.write(`Preparing ${name} … `);
  try {
    await action();
  } catch (error) {
    process.stderr.write("failed\n");
    fail(error.message);
  }
  mkdirSync(stampDir, { recursive: true });
  writeFileSync(stamp, wanted);
  process.stderr.write(`${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

function hashFiles(inputs) {
  const hash = createHash("sha256").update(platform);
  for (const path of inputs.flatMap(filesBelow)) hash.update(`\0${path}\0`).update(readFileSync(path));
  return hash.digest("hex");
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== "generated")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)]));
}

/** One schema text, two clients: only the provider and the output folder differ. */
function writePostgresqlSchema() {
  const target = join("prisma", "schema-postgresql");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const path of filesBelow(join("prisma", "schema"))) {
    const text = readFileSync(path, "utf8")
      .replace('provider = "sqlite"', 'provider = "postgresql"')
      .replace("store/generated/sqlite", "store/generated/postgresql");
    writeFileSync(join(target, relative(join("prisma", "schema"), path)), text);
  }
}

/** Runs a tool without a shell; its output is shown only when it fails. */
function run(command, args, env = {}, shell = false) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, shell, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${output}\n${command} ${args.join(" ")} ended with ${code}`)),
    );
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
