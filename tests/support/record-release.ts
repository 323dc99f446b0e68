import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { buildSync } from "esbuild";

/**
 * Builds the spool and the ledger thread of an earlier release from its own sources, for tests of upgrades. Run `node
 * --import tsx tests/support/record-release.ts COMMIT proxy/ledger/thread/main.ts`, the second being its entry of the
 * ledger thread. Packages stay outside.
 */
const [commit, ledgerThread] = process.argv.slice(2);
if (commit === undefined || ledgerThread === undefined) throw new Error("name the commit and its ledger thread");
const folder = join(import.meta.dirname, "../fixtures/releases", commit);
const sources = mkdtempSync(join(tmpdir(), "cco-release-"));
const archive = execFileSync("git", ["archive", commit, ":!e2e", ":!docs"], { maxBuffer: 1 << 30 });
execFileSync("tar", ["x", "-C", sources], { input: archive });
symlinkSync(join(process.cwd(), "node_modules"), join(sources, "node_modules"));
const workerUrl = join(sources, "tests/support/worker-url.ts");
writeFileSync(
  workerUrl,
  readFileSync(workerUrl, "utf8").replace(/pathToFileURL\(.*\)/, 'new URL("./ledger-worker.mjs", import.meta.url)'),
);
mkdirSync(folder, { recursive: true });
const programs = { "write-spool": "tests/children/write-spool.ts", "ledger-worker": ledgerThread };
buildSync({
  absWorkingDir: sources,
  entryPoints: Object.fromEntries(Object.entries(programs).map(([name, file]) => [name, join(sources, file)])),
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  packages: "external",
  platform: "node",
  format: "esm",
});
rmSync(sources, { recursive: true, force: true });
