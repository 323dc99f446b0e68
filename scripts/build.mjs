// Bundles the processes CCO runs (proxy, ledger worker, CLI, status line, fake upstream) into dist/. Packages stay outside the bundles.
import { build, context } from "esbuild";

const options = {
  entryPoints: {
    proxy: "proxy/process/main.ts",
    "ledger-worker": "proxy/ledger/thread/main.ts",
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
  packages: "external",
  sourcemap: true,
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  const watching = await context({ ...options, logLevel: "info" });
  await watching.watch();
} else {
  await build(options);
}
