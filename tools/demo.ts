import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { startMock } from "#mock/server.ts";
import { startDemoTraffic } from "./demo-traffic.ts";
import { seedDatabase } from "./seed.ts";

/**
 * Runs CCO on invented data, without a key and without a network. It has a fake provider, two months of a team's
 * requests, people to sign in as, and light live traffic. `npm run demo -- --port 3100` passes flags to `cco run`. Its
 * folder is recreated every day.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "data", "demo");
const rulesFile = join(folder, "model-overrides.toml");
const today = new Date().toISOString().slice(0, 10);
const stamp = join(folder, "seeded-on");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== today) await seed();
const mock = await startMock({ record: false });
const child = spawn(process.execPath, [join(root, "bin", "cco.mjs"), "run", ...process.argv.slice(2)], {
  cwd: root,
  env: demoEnv(),
  stdio: ["inherit", "pipe", "inherit"],
});
let stopTraffic = () => {};
let address = "";
let rest = "";
child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) onLine(line);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill("SIGTERM"));
child.once("exit", (code) => {
  stopTraffic();
  void mock.close().then(() => process.exit(code ?? 1));
});

async function seed(): Promise<void> {
  process.stderr.write("Inventing two months of a team's requests … ");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const seeded = await seedDatabase({ databaseUrl: `file:${join(folder, "cco.db")}`, rulesFile, nowMs: Date.now() });
  writeFileSync(stamp, today);
  process.stderr.write(`${seeded?.events ?? 0} requests.\n`);
}

/** Nothing of the developer's own set-up reaches the demo: no key, no database, no first owner. */
function demoEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(CCO_|ANTHROPIC_|DATABASE_URL|NEXTAUTH_)/.test(name) || name === "CCO_PORT" || name === "CCO_NEXT_DIST",
  );
  return {
    ...Object.fromEntries(kept),
    CCO_DEMO: "1",
    CCO_DATA_DIR: folder,
    CCO_CONFIG: rulesFile,
    CCO_UPSTREAM_URL: mock.url,
    NODE_ENV: "production",
  };
}

function onLine(line: string): void {
  // The demo logs many overrides, which are of no use here.
  if (line.startsWith('{"event":"model_override"')) return;
  process.stdout.write(`${line}\n`);
  address = /^CCO started on (\S+)/.exec(line)?.[1] ?? address;
  if (!line.startsWith("Override rules loaded")) return;
  const people = demoPeople.map(({ email, role }) => `  ${email.padEnd(20)} ${role}`).join("\n");
  process.stdout.write(
    `\nDemo with invented data. Sign in as one of these, password "${demoPassword}":\n${people}\n\n`,
  );
  stopTraffic = startDemoTraffic(address);
}
