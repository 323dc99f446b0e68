// Bundles the processes CCO runs, with their packages, into dist/. They are the proxy, ledger worker, telemetry, CLI,
// status line and fake upstream. A process starts in four fifths of the time when Node does not look for, and read,
// some hundred small files.
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";
import { BUNDLES, writeBuiltFrom } from "../bin/built-from.mjs";

/** Programs for one platform, what finds its own files by its place, and what few commands load. */
const OUTSIDE = ["libsql", "@node-rs/argon2", "@prisma/client/*", "nodemailer", "@aws-sdk/client-s3"];
/** Loaded by packages only where they are installed; CCO installs none of them. */
const ABSENT = ["pg-native", "bufferutil", "utf-8-validate"];

/**
 * Resolves the libsql client to the one for files alone, a third of the size. Prisma's adapter asks for a client that
 * speaks to servers, too.
 */
const filesOnly = {
  name: "libsql for files",
  setup(building) {
    building.onResolve({ filter: /^@libsql\/client$/ }, ({ kind, resolveDir }) =>
      building.resolve("@libsql/client/sqlite3", { kind, resolveDir }),
    );
  },
};

/**
 * Loads Prisma's runtime on demand, by a `require` that waits for its file. A static import of what stays outside is
 * read when the bundle starts. That holds even in a file that is loaded on demand, as both database clients are.
 */
const prismaOnDemand = {
  name: "Prisma's runtime on demand",
  setup(building) {
    const filter = /^@prisma\/client\/runtime\/client$/;
    building.onResolve({ filter }, ({ kind, path }) =>
      kind === "import-statement" ? { path, namespace: "on-demand" } : null,
    );
    building.onLoad({ filter, namespace: "on-demand" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** Also of each rebuild while a developer works. */
const noteSources = {
  name: "what it was built from",
  setup(building) {
    building.onEnd(({ errors }) => {
      const files = Object.keys(options.entryPoints).map((name) => `${name}.mjs`);
      if (errors.length === 0) writeBuiltFrom(fileURLToPath(new URL("..", import.meta.url)), "dist", BUNDLES, files);
    });
  },
};

const options = {
  entryPoints: {
    proxy: "proxy/process/main.ts",
    "ledger-worker": "proxy/ledger/thread/main.ts",
    telemetry: "proxy/telemetry/start.ts",
    cli: "cli/main.ts",
    statusline: "cli/statusline/main.ts",
    mock: "mock/main.ts",
  },
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: false,
  platform: "node",
  target: "node20",
  format: "esm",
  external: [...OUTSIDE, ...ABSENT],
  plugins: [filesOnly, prismaOnDemand, noteSources],
  // Packages written for CommonJS ask for Node's own modules by it.
  banner: {
    js: 'import { createRequire as requireBeside } from "node:module";\nconst require = requireBeside(import.meta.url);',
  },
  sourcemap: true,
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  const watching = await context({ ...options, logLevel: "info" });
  await watching.watch();
} else {
  await build(options);
}
