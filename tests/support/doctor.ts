import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../../cli/doctor/finding.ts";
import { ccoHere } from "./cco-here.ts";
import { scratchFolder } from "./scratch.ts";

/**
 * Makes a home folder without settings, and an environment that CCO starts with. The folder is not the one of the
 * account that runs the tests.
 */
export function doctorFolder(upstreamUrl: string) {
  const folder = scratchFolder();
  const env = {
    HOME: folder,
    CCO_DATA_DIR: join(folder, "data"),
    CCO_UPSTREAM_URL: upstreamUrl,
    CCO_CONFIG: join(folder, "rules.toml"),
    CCO_PORT: "0",
  };
  writeFileSync(env.CCO_CONFIG, '[overrides]\nenabled = true\nrules = [["opus", "claude-haiku-5-5"]]\n');
  return { folder, env };
}

/** What `cco doctor` finds, by subject; of several with one subject `all` has each. */
export async function diagnose(env: Record<string, string>, ...args: string[]) {
  const { code, stdout } = await ccoHere(["doctor", "--json", ...args], env);
  const { findings, ok } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  const all = (subject: string) => findings.filter((one) => one.subject === subject);
  return { code, ok, all, of: (subject: string) => all(subject)[0] };
}
